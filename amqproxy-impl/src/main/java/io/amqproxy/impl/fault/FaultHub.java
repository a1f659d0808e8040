package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.fault.RunningFault.Terms;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.FrameJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The faults of a proxy: those that last are looked at by all loops, others are done on each. */
public final class FaultHub implements Faults, LinkFaults {

    private static final Logger log = LoggerFactory.getLogger(FaultHub.class);
    private static final Set<Method> NEVER_FAILED =
            EnumSet.of(Method.CHANNEL_OPEN, Method.CHANNEL_CLOSE, Method.CHANNEL_CLOSE_OK);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    /** What the hub asks of the loops. */
    public interface Loops {

        /** Has something done on each loop, waits until it is, and adds up the answers; fails where one cannot. */
        int sum(Function<EventLoop, Integer> what);

        /** Has something done on each loop that has not ended, and waits until it is. */
        void revoke(Consumer<EventLoop> what);
    }

    private final Loops loops;
    private final List<RunningFault> faults = new CopyOnWriteArrayList<>();

    public FaultHub(Loops loops) {
        this.loops = loops;
    }

    // At once.

    @Override
    public int cutClients(Predicate<? super ClientInfo> which, Cut how) {
        Objects.requireNonNull(which, "which");
        if (how == Cut.HALF) {
            return loops.sum(loop -> loop.shutOutput(this, session -> isClient(session, which)));
        }
        return loops.sum(loop -> loop.cut(session -> isClient(session, which), how == Cut.RESET));
    }

    @Override
    public int cutUpstreams(Predicate<? super UpstreamInfo> which, Cut how) {
        Objects.requireNonNull(which, "which");
        return loops.sum(loop -> loop.cut(
                session -> session instanceof UpstreamConnection upstream && which.test(upstream.info()),
                how == Cut.RESET));
    }

    private static boolean isClient(Session session, Predicate<? super ClientInfo> which) {
        return session instanceof InboundSession client && !client.isOver() && which.test(client.info());
    }

    @Override
    public int closeChannels(Predicate<? super ClientInfo> which, int code, String text) {
        Objects.requireNonNull(text, "text");
        return sumOfClients(which, client -> client.failChannels(code, text));
    }

    @Override
    public int closeConnections(Predicate<? super ClientInfo> which, int code, String text) {
        Objects.requireNonNull(text, "text");
        return sumOfClients(which, client -> {
            client.fail(code, text);
            return 1;
        });
    }

    private int sumOfClients(Predicate<? super ClientInfo> which, Function<InboundSession, Integer> what) {
        Objects.requireNonNull(which, "which");
        return loops.sum(loop -> sumOfClients(loop, which, what));
    }

    private static int sumOfClients(
            EventLoop loop, Predicate<? super ClientInfo> which, Function<InboundSession, Integer> what) {
        int count = 0;
        for (Session session : loop.sessions()) {
            if (session instanceof InboundSession client && isClient(client, which)) {
                count += what.apply(client);
            }
        }
        return count;
    }

    // Until it is revoked.

    /**
     * A fault that fails to begin on one loop is revoked on all.
     *
     * @param onBegin done on each loop when the fault is there
     * @param onEnd done on each loop when it is no more
     */
    private RunningFault begin(
            Kind kind, FaultScope scope, Terms terms, Consumer<EventLoop> onBegin, Consumer<EventLoop> onEnd) {
        RunningFault fault = new RunningFault(kind, scope, terms, closed -> {
            faults.remove(closed);
            loops.revoke(loop -> {
                onEnd.accept(loop);
                loop.onFaults(faults.isEmpty() ? null : this);
            });
        });
        faults.add(fault);
        try {
            loops.sum(loop -> {
                loop.onFaults(this);
                onBegin.accept(loop);
                return 0;
            });
        } catch (RuntimeException | Error failure) {
            try {
                fault.close();
            } catch (RuntimeException again) {
                failure.addSuppressed(again);
            }
            throw failure;
        }
        return fault;
    }

    private RunningFault begin(Kind kind, FaultScope scope, Terms terms) {
        return begin(kind, scope, terms, loop -> {}, loop -> {});
    }

    private RunningFault begin(Kind kind, Predicate<? super ClientInfo> which, Terms terms) {
        return begin(kind, FaultScope.all().ofClients(which), terms);
    }

    @Override
    public Fault brokerDown() {
        return begin(
                Kind.BROKER_DOWN,
                FaultScope.all(),
                Terms.NONE,
                loop -> loop.cut(OutboundSession.class::isInstance, true),
                loop -> {});
    }

    @Override
    public Fault refuseClients() {
        return begin(Kind.REFUSED_CLIENTS, FaultScope.all(), Terms.NONE);
    }

    @Override
    public Fault stopReading(Predicate<? super ClientInfo> which) {
        return begin(Kind.UNREAD, which, Terms.NONE);
    }

    @Override
    public Fault silence(Predicate<? super ClientInfo> which) {
        return begin(Kind.SILENCE, which, Terms.NONE);
    }

    @Override
    public Fault blackHole(Predicate<? super ClientInfo> which) {
        return begin(Kind.BLACK_HOLE, which, Terms.NONE);
    }

    @Override
    public Fault delay(Predicate<? super ClientInfo> which, Duration latency, Duration jitter, long seed) {
        return begin(Kind.DELAY, which, delay(latency, jitter, seed));
    }

    private static Terms delay(Duration latency, Duration jitter, long seed) {
        if (latency.isNegative() || jitter.isNegative() || latency.compareTo(MOST) > 0 || jitter.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("latency and jitter have to be 0 to " + MOST.toMinutes() + " minutes");
        }
        return new Terms("", latency.toNanos(), jitter.toNanos(), new Random(seed), null);
    }

    private static final Duration MOST = Duration.ofMinutes(10);

    @Override
    public Fault limitBandwidth(Predicate<? super ClientInfo> which, long octetsPerSecond) {
        if (octetsPerSecond < 1) {
            throw new IllegalArgumentException("a bandwidth is one octet in a second at least");
        }
        return begin(Kind.RATE, which, Terms.of(octetsPerSecond));
    }

    @Override
    public Fault cutFrames(FaultScope scope) {
        return begin(Kind.CUT_FRAME, scope, Terms.NONE);
    }

    @Override
    public Fault loseHeartbeats(FaultScope scope) {
        return begin(Kind.LOST_HEARTBEAT, scope, Terms.NONE);
    }

    @Override
    public Fault block(Predicate<? super ClientInfo> which, String reason) {
        Objects.requireNonNull(which, "which");
        Objects.requireNonNull(reason, "reason");
        Set<Long> held = ConcurrentHashMap.newKeySet();
        Set<Long> unread = ConcurrentHashMap.newKeySet();
        return begin(
                Kind.UNREAD,
                FaultScope.all().ofClients(client -> unread.contains(client.id())),
                Terms.NONE,
                loop -> {
                    sumOfClients(loop, which, client -> {
                        held.add(client.id());
                        if (!client.holdPublishing(reason)) {
                            unread.add(client.id());
                            client.onBlocked(reason);
                        }
                        return 1;
                    });
                    loop.onFaults(this);
                },
                loop -> sumOfClients(loop, client -> held.contains(client.id()), client -> {
                    if (!client.holdPublishing(null)) {
                        client.onBlocked(null);
                    }
                    return 1;
                }));
    }

    @Override
    public Fault failMethods(FaultScope scope, String method, int code, String text) {
        Method meant = Arrays.stream(Method.values())
                .filter(one -> one.fromClient() && one.toString().equals(method))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("clients send no method " + method));
        if (meant.classId() == Method.CONNECTION_OPEN.classId() || NEVER_FAILED.contains(meant)) {
            throw new IllegalArgumentException(method + " cannot be failed");
        }
        Objects.requireNonNull(text, "text");
        return begin(Kind.FAILED_METHOD, scope, new Terms(text, code, 0, new Random(0), meant));
    }

    @Override
    public Fault redeliver(FaultScope scope) {
        return begin(Kind.REDELIVERY, scope, Terms.NONE);
    }

    @Override
    public Fault loseConfirms(FaultScope scope) {
        return begin(Kind.LOST_CONFIRM, scope, Terms.NONE);
    }

    @Override
    public Fault delayConfirms(FaultScope scope, Duration latency, Duration jitter, long seed) {
        return begin(Kind.LATE_CONFIRM, scope, delay(latency, jitter, seed));
    }

    @Override
    public Fault nackConfirms(FaultScope scope) {
        return begin(Kind.NACKED_CONFIRM, scope, Terms.NONE);
    }

    @Override
    public Fault refuseLogins(FaultScope scope, String text) {
        return begin(Kind.REFUSED_LOGIN, scope, Terms.of(Objects.requireNonNull(text, "text")));
    }

    // The loops ask.

    /** What a test's predicate throws is as if it had said no. */
    @Nullable
    RunningFault first(Kind kind, Predicate<RunningFault> applies) {
        for (RunningFault fault : faults) {
            try {
                if (fault.kind() == kind && applies.test(fault)) {
                    return fault;
                }
            } catch (RuntimeException failure) {
                LINES.warn(log, "A predicate of a fault failed", failure);
            }
        }
        return null;
    }

    private @Nullable RunningFault of(Kind kind, InboundSession client) {
        return first(kind, fault -> fault.occurrences().isFor(client.info()));
    }

    boolean isFor(Kind kind, InboundSession client) {
        return of(kind, client) != null;
    }

    /** The fault of that kind that happens now to a frame of this channel, or null. */
    @Nullable
    RunningFault happens(Kind kind, ClientInfo client, int channel) {
        return first(kind, fault -> fault.occurrences().happens(client, channel));
    }

    @Override
    public boolean holdsReading(InboundSession client) {
        return isFor(Kind.UNREAD, client);
    }

    @Override
    public boolean isSilent(InboundSession client) {
        return isFor(Kind.SILENCE, client);
    }

    @Override
    public boolean swallows(InboundSession client) {
        return isFor(Kind.BLACK_HOLE, client);
    }

    @Override
    public long delay(InboundSession client) {
        RunningFault fault = of(Kind.DELAY, client);
        return fault == null ? 0 : Math.max(1, fault.terms().draw());
    }

    @Override
    public long rate(InboundSession client) {
        RunningFault fault = of(Kind.RATE, client);
        return fault == null ? 0 : fault.terms().amount();
    }

    @Override
    public Gate gate(Supplier<InboundSession> client, long queued) {
        return new ClientGate(this, client, queued);
    }

    @Override
    public @Nullable FrameJudge judge(InboundSession client) {
        boolean isNeeded =
                first(Kind.FAILED_METHOD, fault -> true) != null || first(Kind.REDELIVERY, fault -> true) != null;
        return isNeeded ? new ClientJudge(this, client) : null;
    }

    @Override
    public boolean refusesClients() {
        return first(Kind.REFUSED_CLIENTS, fault -> true) != null;
    }

    @Override
    public @Nullable CloseCause refusal(ClientInfo applicant) {
        RunningFault fault =
                first(Kind.REFUSED_LOGIN, refused -> refused.occurrences().happens(applicant));
        return fault == null
                ? null
                : new CloseCause(
                        Initiator.BROKER,
                        CloseCause.Kind.LOGIN_REFUSED,
                        403,
                        fault.terms().text(),
                        null,
                        false);
    }

    @Override
    public boolean isBrokerDown() {
        return first(Kind.BROKER_DOWN, fault -> true) != null;
    }
}
