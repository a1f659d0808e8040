package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.impl.amqp091.client.ClientSession;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
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
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    /** Has something done on each loop, waits until it is, and adds up the answers. */
    public interface Loops {
        int sum(Function<EventLoop, Integer> what);
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
        return sumOfClients(
                which, client -> client instanceof ClientSession session ? session.failChannels(code, text) : 0);
    }

    @Override
    public int closeConnections(Predicate<? super ClientInfo> which, int code, String text) {
        return sumOfClients(which, client -> {
            client.close(
                    client instanceof ClientSession
                            ? ConnectionClose.byProxy(code, text, 0)
                            : CloseCause.byProxy(CloseCause.Kind.FORCED, text));
            return 1;
        });
    }

    private int sumOfClients(Predicate<? super ClientInfo> which, Function<InboundSession, Integer> what) {
        Objects.requireNonNull(which, "which");
        return loops.sum(loop -> {
            int count = 0;
            for (Session session : loop.sessions()) {
                if (session instanceof InboundSession client && isClient(client, which)) {
                    count += what.apply(client);
                }
            }
            return count;
        });
    }

    // Until it is revoked.

    private RunningFault begin(Kind kind, FaultScope scope, String text, Consumer<RunningFault> onClosed) {
        RunningFault fault = new RunningFault(kind, scope, text, closed -> {
            faults.remove(closed);
            tell();
            onClosed.accept(closed);
        });
        faults.add(fault);
        try {
            tell();
        } catch (RuntimeException | Error failure) {
            faults.remove(fault);
            throw failure;
        }
        return fault;
    }

    private RunningFault begin(Kind kind, FaultScope scope, String text) {
        return begin(kind, scope, text, closed -> {});
    }

    private void tell() {
        loops.sum(loop -> {
            loop.onFaults(this);
            return 0;
        });
    }

    @Override
    public Fault brokerDown() {
        RunningFault down = begin(Kind.BROKER_DOWN, FaultScope.all(), "");
        loops.sum(loop -> loop.cut(OutboundSession.class::isInstance, true));
        return down;
    }

    @Override
    public Fault refuseClients() {
        return begin(Kind.REFUSED_CLIENTS, FaultScope.all(), "");
    }

    @Override
    public Fault stopReading(Predicate<? super ClientInfo> which) {
        return begin(Kind.UNREAD, FaultScope.all().ofClients(which), "");
    }

    @Override
    public Fault silence(Predicate<? super ClientInfo> which) {
        return begin(Kind.SILENCE, FaultScope.all().ofClients(which), "");
    }

    @Override
    public Fault block(Predicate<? super ClientInfo> which, String reason) {
        Objects.requireNonNull(reason, "reason");
        Set<Long> told = ConcurrentHashMap.newKeySet();
        sumOfClients(which, client -> {
            client.onBlocked(reason);
            told.add(client.info().id());
            return 1;
        });
        FaultScope scope = FaultScope.all().ofClients(client -> told.contains(client.id()));
        return begin(
                Kind.UNREAD,
                scope,
                reason,
                closed -> sumOfClients(client -> told.contains(client.id()), client -> {
                    client.onBlocked(null);
                    return 1;
                }));
    }

    @Override
    public Fault loseConfirms(FaultScope scope) {
        return begin(Kind.LOST_CONFIRM, scope, "");
    }

    @Override
    public Fault nackConfirms(FaultScope scope) {
        return begin(Kind.NACKED_CONFIRM, scope, "");
    }

    @Override
    public Fault refuseLogins(FaultScope scope, String text) {
        return begin(Kind.REFUSED_LOGIN, scope, Objects.requireNonNull(text, "text"));
    }

    // The loops ask.

    /** What a test's predicate throws is as if it had said no. */
    private @Nullable RunningFault first(Kind kind, Predicate<RunningFault> applies) {
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

    private boolean isFor(Kind kind, InboundSession client) {
        return !faults.isEmpty() && first(kind, fault -> fault.occurrences().isFor(client.info())) != null;
    }

    @Override
    public boolean holdsReading(InboundSession client) {
        return isFor(Kind.UNREAD, client) || isFor(Kind.SILENCE, client);
    }

    @Override
    public boolean holdsWriting(InboundSession client) {
        return isFor(Kind.SILENCE, client);
    }

    @Override
    public Gate gate(Supplier<InboundSession> client, boolean midst) {
        return new FrameGate(frame -> passes(client.get(), frame), midst);
    }

    private boolean passes(InboundSession client, ByteBuffer frame) {
        if (faults.isEmpty() || Frame.methodId(frame, 0) != Method.BASIC_ACK.id()) {
            return true;
        }
        if (happens(Kind.LOST_CONFIRM, client.info()) != null) {
            return false;
        }
        if (happens(Kind.NACKED_CONFIRM, client.info()) != null) {
            frame.putInt(Frame.PAYLOAD_OFFSET, Method.BASIC_NACK.id());
        }
        return true;
    }

    private @Nullable RunningFault happens(Kind kind, ClientInfo client) {
        return first(kind, fault -> fault.occurrences().happens(client));
    }

    @Override
    public boolean refusesClients() {
        return first(Kind.REFUSED_CLIENTS, fault -> true) != null;
    }

    @Override
    public @Nullable CloseCause refusal(ClientInfo applicant) {
        RunningFault fault = faults.isEmpty() ? null : happens(Kind.REFUSED_LOGIN, applicant);
        return fault == null
                ? null
                : new CloseCause(Initiator.BROKER, CloseCause.Kind.LOGIN_REFUSED, 403, fault.text(), null, false);
    }

    @Override
    public boolean isBrokerDown() {
        return first(Kind.BROKER_DOWN, fault -> true) != null;
    }
}
