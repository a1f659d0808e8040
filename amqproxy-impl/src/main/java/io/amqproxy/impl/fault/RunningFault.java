package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A fault that lasts. */
final class RunningFault implements Fault, LinkFaults.Shaping {

    private static final int MOST_CONNECTIONS = 100_000;
    private static final Duration MOST_DELAY = Duration.ofMinutes(10);
    /** Of a method's arguments: all that name something are. */
    private static final char SHORT_STRING = 'S';

    /** What goes wrong. */
    enum Kind {
        BROKER_DOWN,
        ALARM,
        REFUSED_CLIENTS("clients that only connect"),
        UNREAD,
        SILENCE,
        BLACK_HOLE,
        DELAY,
        RATE,
        CUT_FRAME("frames that are cut"),
        LOST_HEARTBEAT("heartbeats"),
        FAILED_METHOD,
        REDELIVERY,
        RETURNED_MESSAGE,
        LOST_CONFIRM,
        LATE_CONFIRM,
        NACKED_CONFIRM,
        REFUSED_LOGIN("log-ins"),
        REJECTED_DELIVERY,
        RELEASED_DELIVERY,
        WITHHELD_CREDIT;

        /** What it happens to, where that names nothing. */
        private final @Nullable String nameless;

        Kind() {
            nameless = null;
        }

        Kind(String nameless) {
            this.nameless = nameless;
        }
    }

    /**
     * What more there is to say of it.
     *
     * @param text what the client is told
     * @param amount nanoseconds, octets, or a code
     * @param jitter nanoseconds, up to which come on top of the amount
     * @param method the method that is meant, or null for none
     * @param condition the condition of an error of AMQP 1.0, or empty for none
     */
    record Terms(
            String text,
            long amount,
            long jitter,
            Random random,
            @Nullable Method method,
            String condition) {

        /** Codes are short integers. */
        private static final int MOST_CODE = 0xFFFF;

        static final Terms NONE = of("");

        static Terms of(String text) {
            return new Terms(text, 0, 0, new Random(0), null, "");
        }

        static Terms of(int code, String text) {
            checkCode(code, text);
            return new Terms(text, code, 0, new Random(0), null, "");
        }

        static void checkCode(int code, String text) {
            Objects.requireNonNull(text, "text");
            if (code < 1 || code > MOST_CODE) {
                throw new IllegalArgumentException("a code is 1 to " + MOST_CODE + ", not " + code);
            }
        }

        static Terms ofError(String condition, String text) {
            return new Terms(text, 0, 0, new Random(0), null, condition);
        }

        static Terms ofDelay(Duration latency, Duration jitter, long seed) {
            if (isOut(latency) || isOut(jitter)) {
                throw new IllegalArgumentException(
                        "latency and jitter have to be 0 to " + MOST_DELAY.toMinutes() + " minutes");
            }
            return new Terms("", latency.toNanos(), jitter.toNanos(), new Random(seed), null, "");
        }

        private static boolean isOut(Duration time) {
            return time.isNegative() || time.compareTo(MOST_DELAY) > 0;
        }

        static Terms of(long amount) {
            return new Terms("", amount, 0, new Random(0), null, "");
        }

        /** {@return the amount, with a part of the jitter by chance} */
        long draw() {
            return amount + (jitter == 0 ? 0 : (long) (random.nextDouble() * jitter));
        }
    }

    private final Kind kind;
    private final FaultScope.Occurrences occurrences;
    private final Terms terms;
    private final Runnable mayClose;
    private final Consumer<RunningFault> onClosed;
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Whether it is for these connections, by the ids of clients, or of connections to the broker. */
    private final ConcurrentSkipListMap<Long, Boolean> connections = new ConcurrentSkipListMap<>();

    /**
     * @param mayClose fails where it cannot be closed; it lasts on then
     * @throws IllegalArgumentException if it is for what names something, and happens to what names nothing
     */
    RunningFault(
            Kind kind,
            FaultScope.Occurrences occurrences,
            Terms terms,
            Runnable mayClose,
            Consumer<RunningFault> onClosed) {
        String nameless = nameless(kind, terms.method());
        if (nameless != null && occurrences.isNaming()) {
            throw new IllegalArgumentException(nameless + " name nothing, so that this fault would never happen");
        }
        this.kind = kind;
        this.occurrences = occurrences;
        this.terms = terms;
        this.mayClose = mayClose;
        this.onClosed = onClosed;
    }

    private static @Nullable String nameless(Kind kind, @Nullable Method method) {
        boolean isNameless = method != null && method.arguments().indexOf(SHORT_STRING) < 0;
        return isNameless ? "methods " + method : kind.nameless;
    }

    Kind kind() {
        return kind;
    }

    FaultScope.Occurrences occurrences() {
        return occurrences;
    }

    /** Whether it is for this connection, of which it is an occurrence as long as both are there. */
    boolean isFor(Session session) {
        return occurrences.isOfUpstreams()
                ? session instanceof UpstreamConnection upstream && isForUpstream(upstream.info())
                : session instanceof InboundSession client && isForClient(client);
    }

    private boolean isForUpstream(UpstreamInfo upstream) {
        return occurrences.isForUpstream(upstream) && decide(upstream.id(), () -> occurrences.happensTo(upstream, 0));
    }

    private boolean isForClient(InboundSession client) {
        ClientInfo info = client.info();
        if (!occurrences.isFor(info)) {
            return false;
        }
        Boolean known = connections.get(info.id());
        if (known != null) {
            return known;
        }
        Collection<String> names = occurrences.isNaming() ? client.names() : List.of();
        return occurrences.isMeant(info, 0, names) && decide(info.id(), () -> occurrences.happens(info, 0, names));
    }

    private synchronized boolean decide(long connection, BooleanSupplier happens) {
        if (connections.size() >= MOST_CONNECTIONS) {
            connections.pollFirstEntry(); // The oldest.
        }
        return connections.computeIfAbsent(connection, id -> happens.getAsBoolean());
    }

    Terms terms() {
        return terms;
    }

    @Override
    public long draw() {
        return terms.draw();
    }

    @Override
    public boolean isRevoked() {
        return closed.get();
    }

    @Override
    public long count() {
        return occurrences.count();
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ", happened " + count() + " times"
                + (isRevoked() ? ", closed" : "");
    }

    @Override
    public void close() {
        if (!closed.get()) {
            mayClose.run();
        }
        if (closed.compareAndSet(false, true)) {
            onClosed.accept(this);
        }
    }
}
