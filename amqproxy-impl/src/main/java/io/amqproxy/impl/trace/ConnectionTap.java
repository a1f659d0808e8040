package io.amqproxy.impl.trace;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.amqp091.codec.Method;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decodes what is said on one connection for the traces that are under way; it belongs to the connection's loop. */
final class ConnectionTap implements Tap {

    private static final Logger log = LoggerFactory.getLogger(ConnectionTap.class);

    private static final Set<Method> ANY = EnumSet.allOf(Method.class);
    /** Of which more is told than they say, by what both ways bring. */
    private static final Set<Method> OF_MESSAGES = EnumSet.of(Method.BASIC_PUBLISH, Method.BASIC_DELIVER);

    private final TraceHub hub;
    private final Supplier<Session> session;
    private final Conversation091 conversation091 = new Conversation091();
    private final Conversation10 conversation10 = new Conversation10();
    private final Way received;
    private final Way sent;

    // For whom it was decided which traces want anything of this connection.
    private List<RunningTrace> asked = List.of();
    private @Nullable ClientInfo client;
    private @Nullable UpstreamInfo upstream;
    /** Those that do; another list with each decision. */
    private List<RunningTrace> wanting = List.of();

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
        look(received, bytes, from, to);
    }

    @Override
    public void sent(ByteBuffer bytes, int from, int to) {
        look(sent, bytes, from, to);
    }

    /**
     * Looks at octets that go one way. Those of AMQP 0-9-1 pass where no trace wants anything that can be said that
     * way, once all is known of the connection: frames can be found again if another trace does.
     */
    @SuppressWarnings("ReferenceEquality") // What is known has changed where it is another object.
    private void look(Way way, ByteBuffer bytes, int from, int to) {
        Session whose = session.get();
        ClientInfo nowClient = whose instanceof InboundSession inbound ? inbound.info() : null;
        UpstreamInfo nowUpstream = whose instanceof UpstreamConnection outbound ? outbound.info() : null;
        if (asked != hub.traces() || client != nowClient || upstream != nowUpstream) {
            decide(hub.traces(), nowClient, nowUpstream);
        }
        if (!way.isOfInterest && (way.isPassing || mayBeSkipped(whose))) {
            way.isPassing = true;
        } else {
            way.scan(bytes, from, to);
        }
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
        boolean isOfMessages = received.mayBring(OF_MESSAGES) || sent.mayBring(OF_MESSAGES);
        received.isOfInterest = isOfMessages || received.mayBringAnything();
        sent.isOfInterest = isOfMessages || sent.mayBringAnything();
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
        private FrameScanner scanner;
        private boolean failed;
        /** Whether something that is said this way may be wanted, or is needed for what is said the other way. */
        private boolean isOfInterest = true;
        /** Whether octets went by that nobody has looked at. */
        private boolean isPassing;

        Way(Direction direction, boolean isAmqp10, boolean midst) {
            this.direction = direction;
            this.scanner = new FrameScanner(this::onHeader, isAmqp10 ? decoder10() : decoder091(), midst);
        }

        /** Whether one of these may be said this way, and a trace wants it. */
        boolean mayBring(Set<Method> methods) {
            for (Method method : methods) {
                boolean isSaid = isTowardsBroker() ? method.fromClient() : method.fromBroker();
                if (isSaid && wanted(method.toString()) != UNWANTED) {
                    return true;
                }
            }
            return false;
        }

        boolean mayBringAnything() {
            return mayBring(ANY)
                    || wanted(EventNames.HEARTBEAT) != UNWANTED
                    || wanted(EventNames.UNKNOWN_METHOD) != UNWANTED;
        }

        /** A mistake of the trace is no reason for a connection to end. */
        void scan(ByteBuffer bytes, int from, int to) {
            if (failed || from >= to) {
                return;
            }
            if (isPassing) {
                isPassing = false;
                conversation091.forgetAll();
                scanner = new FrameScanner(this::onHeader, decoder091(), true);
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
            if (wanted(EventNames.PROTOCOL_HEADER) != UNWANTED) {
                String protocol = "%d %d %d %d".formatted(header.get(4), header.get(5), header.get(6), header.get(7));
                tell(0, EventNames.PROTOCOL_HEADER, Map.of("protocol", protocol), null, 0);
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
