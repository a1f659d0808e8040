package io.amqproxy.impl.trace;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.amqp10.codec.SpeaksAmqp10;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.net.Tap;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.TraceEvent;
import io.amqproxy.trace.TracedMessage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decodes what is said on one connection for the traces that are under way; it belongs to the connection's loop. */
final class ConnectionTap implements Tap {

    private static final Logger log = LoggerFactory.getLogger(ConnectionTap.class);

    private final TraceHub hub;
    private final Supplier<Session> session;
    private final Conversation091 conversation091 = new Conversation091();
    private final Conversation10 conversation10 = new Conversation10();
    private final Way received;
    private final Way sent;

    ConnectionTap(TraceHub hub, Supplier<Session> session, boolean isNew) {
        this.hub = hub;
        this.session = session;
        Session whose = session.get();
        boolean isClient = whose instanceof InboundSession;
        this.received = new Way(
                isClient ? Direction.FROM_CLIENT : Direction.FROM_BROKER, whose instanceof SpeaksAmqp10, !isNew);
        this.sent =
                new Way(isClient ? Direction.TO_CLIENT : Direction.TO_BROKER, whose instanceof SpeaksAmqp10, !isNew);
    }

    @Override
    public void received(ByteBuffer bytes, int from, int to) {
        received.scan(bytes, from, to);
    }

    @Override
    public void sent(ByteBuffer bytes, int from, int to) {
        sent.scan(bytes, from, to);
    }

    private @Nullable ClientInfo client() {
        return session.get() instanceof InboundSession client ? client.info() : null;
    }

    private @Nullable UpstreamInfo upstream() {
        return session.get() instanceof UpstreamConnection upstream ? upstream.info() : null;
    }

    /** One direction. */
    private final class Way implements EventSink {

        private final Direction direction;
        private final FrameScanner scanner;
        private boolean failed;

        Way(Direction direction, boolean isAmqp10, boolean midst) {
            this.direction = direction;
            this.scanner = new FrameScanner(this::onHeader, isAmqp10 ? decoder10() : decoder091(), midst);
        }

        /** A mistake of the trace is no reason for a connection to end. */
        void scan(ByteBuffer bytes, int from, int to) {
            if (failed || from >= to) {
                return;
            }
            try {
                scanner.scan(bytes, from, to);
            } catch (RuntimeException | Error fault) {
                failed = true;
                log.warn("The trace of {} fails and ends", session.get(), UncaughtErrors.of(fault));
            }
        }

        private FrameScanner.Decoder onHeader(ByteBuffer header) {
            boolean is091 = header.getInt(4) == 0x00000901 || header.get(4) == 1;
            if (wanted("protocol-header") != UNWANTED) {
                String protocol = "%d %d %d %d".formatted(header.get(4), header.get(5), header.get(6), header.get(7));
                tell(0, "protocol-header", Map.of("protocol", protocol), null, 0);
            }
            return is091 ? decoder091() : decoder10();
        }

        private Decoder091 decoder091() {
            return new Decoder091(this, isTowardsBroker(), conversation091);
        }

        private Decoder10 decoder10() {
            return new Decoder10(this, isTowardsBroker(), conversation10);
        }

        private boolean isTowardsBroker() {
            return direction == Direction.FROM_CLIENT || direction == Direction.TO_BROKER;
        }

        @Override
        public int wanted(String name) {
            List<RunningTrace> traces = hub.traces();
            int most = UNWANTED;
            for (int i = 0; i < traces.size(); i++) {
                RunningTrace trace = traces.get(i);
                if (trace.wantsAny(direction, name) && trace.wants(direction, name, client(), upstream())) {
                    most = Math.max(most, trace.bodyLimit());
                }
            }
            return most;
        }

        @Override
        public void tell(
                int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets) {
            ClientInfo client = client();
            UpstreamInfo upstream = upstream();
            TraceEvent event = client == null
                    ? TraceEvent.of(direction, upstream, channel, name, arguments, message)
                    : TraceEvent.of(direction, client, channel, name, arguments, message);
            for (RunningTrace trace : hub.traces()) {
                if (trace.wants(direction, name, client, upstream)) {
                    trace.offer(event, octets);
                }
            }
        }
    }
}
