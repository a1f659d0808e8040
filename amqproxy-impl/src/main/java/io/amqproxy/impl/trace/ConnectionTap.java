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
import java.util.ArrayList;
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
    private Conversation091 conversation091 = new Conversation091();
    private final Conversation10 conversation10 = new Conversation10();
    private Way received;
    private Way sent;

    // For whom it was decided which traces want anything of this connection.
    private List<RunningTrace> asked = List.of();
    private @Nullable ClientInfo client;
    private @Nullable UpstreamInfo upstream;
    /** Those that do; another list with each decision. */
    private List<RunningTrace> wanting = List.of();
    /** Whether octets went by that nobody has looked at. */
    private boolean skipped;

    ConnectionTap(TraceHub hub, Supplier<Session> session, boolean isNew) {
        this.hub = hub;
        this.session = session;
        this.received = way(true, !isNew);
        this.sent = way(false, !isNew);
    }

    private Way way(boolean isReceived, boolean midst) {
        Session whose = session.get();
        boolean isClient = whose instanceof InboundSession;
        Direction from = isClient ? Direction.FROM_CLIENT : Direction.FROM_BROKER;
        Direction to = isClient ? Direction.TO_CLIENT : Direction.TO_BROKER;
        return new Way(isReceived ? from : to, whose instanceof SpeaksAmqp10, midst);
    }

    @Override
    public void received(ByteBuffer bytes, int from, int to) {
        if (isLookedAt()) {
            received.scan(bytes, from, to);
        }
    }

    @Override
    public void sent(ByteBuffer bytes, int from, int to) {
        if (isLookedAt()) {
            sent.scan(bytes, from, to);
        }
    }

    /**
     * Whether the octets of this connection are looked at. Those of AMQP 0-9-1 are not where no trace wants anything of
     * the connection, once all is known of it: frames can be found again if another trace does.
     */
    @SuppressWarnings("ReferenceEquality") // What is known has changed where it is another object.
    private boolean isLookedAt() {
        Session whose = session.get();
        ClientInfo nowClient = whose instanceof InboundSession inbound ? inbound.info() : null;
        UpstreamInfo nowUpstream = whose instanceof UpstreamConnection outbound ? outbound.info() : null;
        if (asked != hub.traces() || client != nowClient || upstream != nowUpstream) {
            decide(hub.traces(), nowClient, nowUpstream);
        }
        if (wanting.isEmpty() && (skipped || mayBeSkipped(whose))) {
            skipped = true;
            return false;
        }
        if (skipped) {
            skipped = false;
            conversation091 = new Conversation091();
            received = way(true, true);
            sent = way(false, true);
        }
        return true;
    }

    private void decide(List<RunningTrace> traces, @Nullable ClientInfo whose, @Nullable UpstreamInfo where) {
        asked = traces;
        client = whose;
        upstream = where;
        wanting = new ArrayList<>();
        for (RunningTrace trace : traces) {
            if (trace.wantsConnection(whose, where)) {
                wanting.add(trace);
            }
        }
    }

    private static boolean mayBeSkipped(Session whose) {
        boolean isOpen = whose instanceof InboundSession inbound
                ? inbound.isOpen()
                : whose instanceof UpstreamConnection outbound && outbound.isOpen();
        return isOpen && !(whose instanceof SpeaksAmqp10);
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
            int most = UNWANTED;
            for (int i = 0; i < wanting.size(); i++) {
                RunningTrace trace = wanting.get(i);
                if (trace.wantsAny(direction, name)) {
                    most = Math.max(most, trace.bodyLimit());
                }
            }
            return most;
        }

        @Override
        public int wanted(String name, Map<String, Object> arguments) {
            int most = UNWANTED;
            for (RunningTrace trace : wanting) {
                if (trace.wantsAny(direction, name) && trace.wantsNames(arguments, null)) {
                    most = Math.max(most, trace.bodyLimit());
                }
            }
            return most;
        }

        @Override
        public Object epoch() {
            return wanting;
        }

        @Override
        public void tell(
                int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets) {
            ClientInfo whose = client;
            TraceEvent event = whose == null
                    ? TraceEvent.of(direction, upstream, channel, name, arguments, message)
                    : TraceEvent.of(direction, whose, channel, name, arguments, message);
            for (RunningTrace trace : wanting) {
                if (trace.wantsAny(direction, name) && trace.wantsNames(arguments, message)) {
                    trace.offer(event, octets);
                }
            }
        }
    }
}
