package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.FaultScope.Occurrences;
import io.amqproxy.faults.Faults;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.codec.SpeaksAmqp10;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.fault.RunningFault.Terms;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.FaultFilter;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The faults of a proxy: those that last are looked at by all loops, others are done on each. */
public final class FaultHub implements Faults, LinkFaults {

    private static final Set<Method> NEVER_FAILED =
            EnumSet.of(Method.CHANNEL_OPEN, Method.CHANNEL_CLOSE, Method.CHANNEL_CLOSE_OK);

    private static final int ACCESS_REFUSED = 403;

    /** What the hub asks of the loops. */
    public interface Loops {

        /** Has something done on each loop, waits until it is, and adds up the answers; fails where one cannot. */
        int sum(Function<EventLoop, Integer> what);

        /** Has something done on each loop that has not ended, and waits until it is. */
        void revoke(Consumer<EventLoop> what);

        /** Fails where it is a loop that calls, which must not wait for loops. */
        default void refuseLoops() {}
    }

    private final Loops loops;
    private final LastingFaults faults = new LastingFaults();
    private final Alarms alarms = new Alarms();

    public FaultHub(Loops loops) {
        this.loops = loops;
    }

    // At once.

    @Override
    public int cutClients(FaultScope scope, Cut how) {
        Occurrences occurrences = ofClients(scope);
        return cut(session -> isHit(session, occurrences), how);
    }

    private int cut(Predicate<Session> which, Cut how) {
        Objects.requireNonNull(how, "how");
        return loops.sum(loop -> how == Cut.HALF ? loop.shutOutput(this, which) : loop.cut(which, how == Cut.RESET));
    }

    private static Occurrences ofClients(FaultScope scope) {
        Occurrences occurrences = scope.occurrences();
        if (occurrences.isOfUpstreams()) {
            throw new IllegalArgumentException("this fault is one of clients, not of connections to the broker");
        }
        return occurrences;
    }

    @Override
    public int cutUpstreams(Predicate<? super UpstreamInfo> which, Cut how) {
        Objects.requireNonNull(which, "which");
        return cutUpstreams(FaultScope.upstreams(which), how);
    }

    @Override
    public int cutUpstreams(FaultScope scope, Cut how) {
        Occurrences occurrences = scope.occurrences();
        if (!occurrences.isOfUpstreams()) {
            throw new IllegalArgumentException("the scope is for clients, not for connections to the broker");
        }
        return cut(
                session -> session instanceof UpstreamConnection upstream
                        && !upstream.isOver()
                        && occurrences.happensTo(upstream.info(), 0),
                how);
    }

    private static boolean isClient(Session session) {
        return session instanceof InboundSession client && !client.isOver();
    }

    /** Whether it happens to this connection as a whole. */
    private static boolean isHit(Session session, Occurrences occurrences) {
        return session instanceof InboundSession client && !client.isOver() && isHit(client, occurrences);
    }

    private static boolean isHit(InboundSession client, Occurrences occurrences) {
        return occurrences.happens(client.info(), 0, occurrences.isNaming() ? client.names() : List.of());
    }

    @Override
    public int closeChannels(FaultScope scope, int code, String text) {
        Terms.checkCode(code, text);
        return sumOfParts(
                scope,
                (client, which) -> client.failChannels(which, code, text),
                (upstream, which) -> upstream.failChannels(which, code, text));
    }

    @Override
    public int closeConnections(FaultScope scope, int code, String text) {
        Terms.checkCode(code, text);
        Occurrences occurrences = scope.occurrences();
        return occurrences.isOfUpstreams()
                ? sumOfUpstreams(upstream -> true, occurrences, upstream -> upstream.fail(code, text))
                : sumOfClients(client -> {
                    boolean isHit = isHit(client, occurrences);
                    if (isHit) {
                        client.fail(code, text);
                    }
                    return isHit ? 1 : 0;
                });
    }

    private int sumOfUpstreams(
            Predicate<UpstreamConnection> which, Occurrences occurrences, Predicate<UpstreamConnection> fails) {
        return sumOfUpstreams(upstream ->
                which.test(upstream) && occurrences.happensTo(upstream.info(), 0) && fails.test(upstream) ? 1 : 0);
    }

    private int sumOfUpstreams(Function<UpstreamConnection, Integer> what) {
        return loops.sum(loop -> loop.sessions().stream()
                .filter(session -> session instanceof UpstreamConnection upstream && upstream.isOpen())
                .mapToInt(session -> what.apply((UpstreamConnection) session))
                .sum());
    }

    @Override
    public int cancelConsumers(FaultScope scope) {
        return sumOfParts(ofClients(scope), InboundSession::cancelConsumers);
    }

    @Override
    public int detachLinks(FaultScope scope, String condition, String description) {
        ErrorText error = new ErrorText(condition, description);
        return sumOfParts(
                scope,
                (client, which) -> client.detachLinks(which, error.condition(), error.text()),
                (upstream, which) -> upstream.detachLinks(which, error.condition(), error.text()));
    }

    @Override
    public int endSessions(FaultScope scope, String condition, String description) {
        ErrorText error = new ErrorText(condition, description);
        return sumOfParts(
                scope,
                (client, which) -> client.endSessions(which, error.condition(), error.text()),
                (upstream, which) -> upstream.endSessions(which, error.condition(), error.text()));
    }

    @Override
    public int closeConnections(FaultScope scope, String condition, String description) {
        ErrorText error = new ErrorText(condition, description);
        Occurrences occurrences = scope.occurrences();
        if (occurrences.isOfUpstreams()) {
            return sumOfUpstreams(
                    SpeaksAmqp10.class::isInstance,
                    occurrences,
                    upstream -> upstream.fail(error.condition(), error.text()));
        }
        return sumOfClients(client -> ClientGate.isOfAmqp10(client)
                        && isHit(client, occurrences)
                        && client.fail(error.condition(), error.text())
                ? 1
                : 0);
    }

    /** Of parts of connections of clients, or of those to the broker. */
    private int sumOfParts(
            FaultScope scope,
            BiFunction<InboundSession, FaultFilter, Integer> ofClients,
            BiFunction<UpstreamConnection, IntPredicate, Integer> ofUpstreams) {
        Occurrences occurrences = scope.occurrences();
        return occurrences.isOfUpstreams()
                ? sumOfUpstreams(upstream ->
                        ofUpstreams.apply(upstream, channel -> occurrences.happensTo(upstream.info(), channel)))
                : sumOfParts(occurrences, ofClients);
    }

    private int sumOfParts(Occurrences occurrences, BiFunction<InboundSession, FaultFilter, Integer> what) {
        return sumOfClients(
                client -> what.apply(client, (channel, names) -> occurrences.happens(client.info(), channel, names)));
    }

    private int sumOfClients(Function<InboundSession, Integer> what) {
        return loops.sum(loop -> sumOfClients(loop, what));
    }

    private static int sumOfClients(EventLoop loop, Function<InboundSession, Integer> what) {
        int count = 0;
        for (Session session : loop.sessions()) {
            if (session instanceof InboundSession client && isClient(client)) {
                count += what.apply(client);
            }
        }
        return count;
    }

    private static void forEachClient(EventLoop loop, Consumer<InboundSession> what) {
        sumOfClients(loop, client -> {
            what.accept(client);
            return 1;
        });
    }

    // Until it is revoked.

    /**
     * A fault that fails to begin on one loop is revoked on all.
     *
     * @param onBegin done on each loop when the fault is there
     * @param onEnd done on each loop when it is no more
     */
    private RunningFault begin(
            Kind kind, Occurrences which, Terms terms, Consumer<EventLoop> onBegin, Consumer<EventLoop> onEnd) {
        loops.refuseLoops();
        RunningFault fault = new RunningFault(kind, which, terms, loops::refuseLoops, closed -> {
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

    /** One of clients. */
    private RunningFault begin(Kind kind, FaultScope scope, Terms terms) {
        return begin(kind, ofClients(scope), terms, loop -> {}, loop -> {});
    }

    /** One of clients, or of connections to the broker. */
    private RunningFault beginOfEither(Kind kind, FaultScope scope, Terms terms) {
        return begin(kind, scope.occurrences(), terms, loop -> {}, loop -> {});
    }

    @Override
    public Fault brokerDown() {
        return begin(
                Kind.BROKER_DOWN,
                FaultScope.all().occurrences(),
                Terms.NONE,
                loop -> loop.cut(OutboundSession.class::isInstance, true),
                loop -> {});
    }

    @Override
    public Fault refuseClients(FaultScope scope) {
        return begin(Kind.REFUSED_CLIENTS, scope, Terms.NONE);
    }

    @Override
    public Fault stopReading(FaultScope scope) {
        return beginOfEither(Kind.UNREAD, scope, Terms.NONE);
    }

    @Override
    public Fault silence(FaultScope scope) {
        return beginOfEither(Kind.SILENCE, scope, Terms.NONE);
    }

    @Override
    public Fault blackHole(FaultScope scope) {
        return beginOfEither(Kind.BLACK_HOLE, scope, Terms.NONE);
    }

    @Override
    public Fault delay(FaultScope scope, Duration latency, Duration jitter, long seed) {
        return beginOfEither(Kind.DELAY, scope, Terms.ofDelay(latency, jitter, seed));
    }

    @Override
    public Fault limitBandwidth(FaultScope scope, long octetsPerSecond) {
        if (octetsPerSecond < 1) {
            throw new IllegalArgumentException("a bandwidth is one octet in a second at least");
        }
        return beginOfEither(Kind.RATE, scope, Terms.of(octetsPerSecond));
    }

    @Override
    public Fault cutFrames(FaultScope scope) {
        return beginOfEither(Kind.CUT_FRAME, scope, Terms.NONE);
    }

    @Override
    public Fault loseHeartbeats(FaultScope scope) {
        return beginOfEither(Kind.LOST_HEARTBEAT, scope, Terms.NONE);
    }

    @Override
    public Fault block(FaultScope scope, String reason) {
        Objects.requireNonNull(reason, "reason");
        Occurrences occurrences = ofClients(scope);
        loops.refuseLoops();
        Alarms.Alarm alarm = alarms.begin(reason, occurrences);
        return begin(
                Kind.ALARM,
                occurrences,
                Terms.NONE,
                loop -> {
                    forEachClient(loop, client -> alarms.hold(alarm, client));
                    loop.onFaults(this);
                },
                loop -> {
                    alarms.end(alarm);
                    forEachClient(loop, client -> alarms.letGo(alarm, client));
                });
    }

    @Override
    public Fault failMethods(FaultScope scope, String method, int code, String text) {
        Objects.requireNonNull(method, "method");
        Method meant = Arrays.stream(Method.values())
                .filter(one -> one.fromClient() && one.toString().equals(method))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("clients send no method '" + method + "'"));
        if (meant.classId() == Method.CONNECTION_OPEN.classId() || NEVER_FAILED.contains(meant)) {
            throw new IllegalArgumentException(method + " cannot be failed");
        }
        Terms.checkCode(code, text);
        return begin(Kind.FAILED_METHOD, scope, new Terms(text, code, 0, new Random(0), meant, ""));
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
        return begin(Kind.LATE_CONFIRM, scope, Terms.ofDelay(latency, jitter, seed));
    }

    @Override
    public Fault nackConfirms(FaultScope scope) {
        return begin(Kind.NACKED_CONFIRM, scope, Terms.NONE);
    }

    @Override
    public Fault refuseLogins(FaultScope scope, String text) {
        return refuseLogins(scope, ACCESS_REFUSED, text);
    }

    @Override
    public Fault refuseLogins(FaultScope scope, int code, String text) {
        return begin(Kind.REFUSED_LOGIN, scope, Terms.of(code, text));
    }

    @Override
    public Fault returnMessages(FaultScope scope, int code, String text) {
        return begin(Kind.RETURNED_MESSAGE, scope, Terms.of(code, text));
    }

    @Override
    public Fault rejectDeliveries(FaultScope scope, String condition, String description) {
        ErrorText error = new ErrorText(condition, description);
        return begin(Kind.REJECTED_DELIVERY, scope, Terms.ofError(error.condition(), error.text()));
    }

    @Override
    public Fault rejectDeliveries(FaultScope scope) {
        return begin(Kind.REJECTED_DELIVERY, scope, Terms.NONE);
    }

    @Override
    public Fault releaseDeliveries(FaultScope scope) {
        return begin(Kind.RELEASED_DELIVERY, scope, Terms.NONE);
    }

    @Override
    public Fault withholdCredit(FaultScope scope) {
        return begin(
                Kind.WITHHELD_CREDIT,
                ofClients(scope),
                Terms.NONE,
                loop -> reviewCredit(loop, false),
                loop -> reviewCredit(loop, true));
    }

    private static void reviewCredit(EventLoop loop, boolean wasWithheld) {
        forEachClient(loop, client -> client.reviewCredit(wasWithheld));
    }

    // The loops ask.

    @Override
    public boolean concerns(Session session) {
        return session instanceof InboundSession || (session instanceof UpstreamConnection && faults.hasOfUpstreams());
    }

    @Override
    public boolean holdsReading(Session session) {
        return faults.isFor(Kind.UNREAD, session)
                || (session instanceof InboundSession client && alarms.leaveUnread(client));
    }

    @Override
    public boolean isSilent(Session session) {
        return faults.isFor(Kind.SILENCE, session);
    }

    @Override
    public boolean swallows(Session session) {
        return faults.isFor(Kind.BLACK_HOLE, session);
    }

    @Override
    public @Nullable Shaping delay(Session session) {
        return faults.of(Kind.DELAY, session);
    }

    @Override
    public @Nullable Shaping rate(Session session) {
        return faults.of(Kind.RATE, session);
    }

    @Override
    public Gate gate(Supplier<? extends Session> session, long queued) {
        return session.get() instanceof InboundSession
                ? new ClientGate(faults, () -> (InboundSession) session.get(), queued)
                : new UpstreamGate(faults, () -> (UpstreamConnection) session.get(), queued);
    }

    @Override
    public boolean refuses(ClientInfo newcomer) {
        return faults.happens(Kind.REFUSED_CLIENTS, newcomer, 0) != null;
    }

    @Override
    public @Nullable CloseCause refusal(ClientInfo applicant) {
        RunningFault fault = faults.first(
                Kind.REFUSED_LOGIN, refused -> refused.occurrences().happens(applicant));
        return fault == null
                ? null
                : new CloseCause(
                        Initiator.BROKER,
                        CloseCause.Kind.LOGIN_REFUSED,
                        (int) fault.terms().amount(),
                        fault.terms().text(),
                        null,
                        false);
    }

    @Override
    public boolean isBrokerDown() {
        return faults.first(Kind.BROKER_DOWN, fault -> true) != null;
    }
}
