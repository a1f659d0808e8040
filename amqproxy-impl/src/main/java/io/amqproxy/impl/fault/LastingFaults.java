package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.fault.RunningFault.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The faults that last; all loops ask for those that are meant. */
final class LastingFaults {

    private static final Logger log = LoggerFactory.getLogger(LastingFaults.class);
    private static final Set<Kind> OF_CONFIRMS = EnumSet.of(Kind.LOST_CONFIRM, Kind.LATE_CONFIRM, Kind.NACKED_CONFIRM);
    private static final Set<Kind> OF_ACKNOWLEDGEMENTS = EnumSet.of(Kind.REDELIVERY);
    private static final Set<Kind> OF_OUTCOMES =
            EnumSet.of(Kind.LOST_CONFIRM, Kind.LATE_CONFIRM, Kind.REJECTED_DELIVERY, Kind.RELEASED_DELIVERY);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    private final List<RunningFault> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger revocations = new AtomicInteger();

    void add(RunningFault fault) {
        faults.add(fault);
    }

    void remove(RunningFault revoked) {
        faults.remove(revoked);
        revocations.incrementAndGet();
    }

    boolean isEmpty() {
        return faults.isEmpty();
    }

    /** Whether there is a fault of confirms for messages that name something only. */
    boolean hasNamedConfirms() {
        return hasNamed(OF_CONFIRMS);
    }

    /** The same of acknowledgements. */
    boolean hasNamedAcknowledgements() {
        return hasNamed(OF_ACKNOWLEDGEMENTS);
    }

    /** The same of what is sent with AMQP 1.0. */
    boolean hasNamedOutcomes() {
        return hasNamed(OF_OUTCOMES);
    }

    private boolean hasNamed(Set<Kind> kinds) {
        return faults.stream()
                .anyMatch(fault ->
                        kinds.contains(fault.kind()) && fault.occurrences().isNaming());
    }

    /** Whether there is a fault of one of these kinds, for whomever. */
    boolean hasAny(Kind... kinds) {
        List<Kind> wanted = List.of(kinds);
        return faults.stream().anyMatch(fault -> wanted.contains(fault.kind()));
    }

    /** {@return how often a fault was revoked} */
    int revocations() {
        return revocations.get();
    }

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

    @Nullable
    RunningFault of(Kind kind, Session session) {
        return first(kind, fault -> fault.isFor(session));
    }

    boolean isFor(Kind kind, Session session) {
        return of(kind, session) != null;
    }

    /** Whether there is a fault of connections to the broker. */
    boolean hasOfUpstreams() {
        for (RunningFault fault : faults) {
            if (fault.occurrences().isOfUpstreams()) {
                return true;
            }
        }
        return false;
    }

    /** The fault of that kind that happens now to a frame on this channel of a connection to the broker, or null. */
    @Nullable
    RunningFault happensTo(Kind kind, UpstreamInfo upstream, int channel) {
        return first(kind, fault -> fault.occurrences().happensTo(upstream, channel));
    }

    /** The fault of that kind that happens now to a frame of this channel, or null. */
    @Nullable
    RunningFault happens(Kind kind, ClientInfo client, int channel) {
        return happens(kind, client, channel, List.of());
    }

    /** The same for what names this. */
    @Nullable
    RunningFault happens(Kind kind, ClientInfo client, int channel, List<String> names) {
        return first(kind, fault -> fault.occurrences().happens(client, channel, names));
    }
}
