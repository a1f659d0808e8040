package io.amqproxy.impl.pool;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client as its pool knows it: on which upstreams it is, and what it waits for. */
final class PoolMember {

    private static final int[] NONE = {};
    private static final List<UpstreamView> NOWHERE = List.of();

    private final InboundSession session;
    // Both empty until the client has something on an upstream: most clients are idle.
    private List<UpstreamView> upstreams = NOWHERE;
    private int[] leases = NONE;

    /** The channel that waits for a lease; a client that waits sends nothing else, so there is one at most. */
    @Nullable
    LeaseHolder waiting;

    Purpose waitingFor = Purpose.OTHER;
    /** Whether it ever had a lease. */
    boolean wasServed;

    /** Whether it waits only because the broker is opening many channels for it and others. */
    boolean awaitsOpenings;

    /** Whether it waits for a connection that may be opened, and is not yet. */
    boolean awaitsConnection;

    /** Whether nothing that it waits for is under way. */
    boolean isHopeless;

    private boolean movedOut;
    long waitingSince;
    long waitingUntil;

    // Its place among those that wait, which the line keeps.
    @Nullable
    WaitQueue line;

    @Nullable
    PoolMember ahead;

    @Nullable
    PoolMember behind;

    /** The upstream being opened on which the waiting channel has its place. */
    @Nullable
    Upstream promised;

    PoolMember(InboundSession session) {
        this.session = session;
    }

    InboundSession session() {
        return session;
    }

    /** A place is looked for anew. */
    void begin() {
        awaitsOpenings = false;
        awaitsConnection = false;
        isHopeless = false;
    }

    /** It has its place on an upstream that is being opened. */
    void promise(Upstream upstream) {
        promised = upstream;
        upstream.promised++;
    }

    /** It has that place no longer, if it had one. */
    void forgoPromise() {
        if (promised != null) {
            promised.promised--;
            promised = null;
        }
    }

    /** Whether what it waits for is under way, and nobody has to leave for it. */
    boolean isServedSoon() {
        return promised != null || awaitsOpenings || awaitsConnection;
    }

    /**
     * The upstream that has exclusive queues of this client, although it is not set aside for it or is being replaced,
     * if there is one.
     */
    @Nullable
    Upstream tiedTo() {
        for (UpstreamView view : upstreams) {
            if (view instanceof Upstream upstream
                    && upstream.ties().holdsQueues(session)
                    && (upstream.ties().owner() != session || upstream.isRetired())) {
                return upstream;
            }
        }
        return null;
    }

    /** The upstream where what waits belongs, as the client is there, or null. */
    @Nullable
    Upstream withOthers() {
        if (waiting == null || !waiting.belongsWithOthers()) {
            return null;
        }
        for (UpstreamView view : upstreams) {
            boolean isFree = view.owner() == 0 || view.owner() == session.id();
            if (isFree && view.free() > 0 && view instanceof Upstream upstream && fits(upstream)) {
                return upstream;
            }
        }
        return null;
    }

    /** What waits gives up what it has there. */
    void leave(Upstream upstream) {
        if (isAllOf(upstream)) {
            Objects.requireNonNull(waiting).moveAway();
        }
    }

    List<UpstreamView> current() {
        return Collections.unmodifiableList(upstreams);
    }

    /** Whether what waits needs a connection that is this client's alone, by its own name. */
    boolean needsOwnConnection() {
        return waiting != null && waiting.needsOwnConnection() && !(isHopeless && waiting.maySettleForOthers());
    }

    /** Whether what had better be alone can be done with others. */
    boolean maySettleForOthers() {
        return waitingFor == Purpose.UNCERTAIN
                || (waiting != null && waiting.needsOwnConnection() && waiting.maySettleForOthers());
    }

    /** Whether what waits is all that there is on the upstream. */
    boolean isAllOf(Upstream upstream) {
        Slot present = waiting == null ? null : waiting.slot();
        return present != null
                && present.session() == upstream.session()
                && upstream.leased() == 1
                && upstream.promised == 0
                && !upstream.ties().isAny();
    }

    /** Whether it has no lease, and waits for none. */
    boolean isNowhere() {
        return upstreams.isEmpty() && waiting == null;
    }

    void join(Upstream upstream) {
        int place = place(upstream);
        if (leases[place]++ == 0) {
            upstream.onJoined();
        }
    }

    void part(Upstream upstream) {
        int place = upstreams.indexOf(upstream);
        if (place >= 0 && leases[place] > 0 && --leases[place] == 0) {
            upstream.clients--;
            forgetIfUnused(upstream);
        }
    }

    /** Forgets an upstream where nothing of the client is left. */
    void forgetIfUnused(Upstream upstream) {
        int place = upstreams.indexOf(upstream);
        if (place >= 0
                && leases[place] == 0
                && upstream.owner() != session.id()
                && !upstream.ties().holdsQueues(session)) {
            forget(upstream);
        }
    }

    /** The upstream is for this client alone from now on. */
    void reserve(Upstream upstream) {
        upstream.ties().reserveFor(session);
        place(upstream);
    }

    /** Whether what the upstream told the broker of itself is right for this client. */
    boolean fits(Upstream upstream) {
        return upstream.ties().suits(session, needsOwnConnection());
    }

    /** The upstream has something of the client that is not a lease. */
    void own(Upstream upstream) {
        place(upstream);
    }

    private int place(Upstream upstream) {
        int place = upstreams.indexOf(upstream);
        if (place < 0) {
            place = upstreams.size();
            upstreams = upstreams == NOWHERE ? new ArrayList<>(1) : upstreams;
            upstreams.add(upstream);
            if (place == leases.length) {
                leases = Arrays.copyOf(leases, 2 * place + 1);
            }
            leases[place] = 0;
        }
        return place;
    }

    /** The upstream, with the leases on it, goes over from the same client's member of another pool. */
    void takeOver(Upstream upstream, PoolMember before) {
        int from = before.place(upstream);
        int to = place(upstream); // Which may make another array.
        leases[to] = before.leases[from];
        before.remove(upstream);
    }

    /** The client gets its channels from another pool now. */
    void moveOut() {
        movedOut = true;
    }

    /** It gets them from here, perhaps anew: it may have gone back to a secret that it had before. */
    void moveIn() {
        movedOut = false;
    }

    boolean hasMovedOut() {
        return movedOut;
    }

    void forget(Upstream upstream) {
        remove(upstream);
        if (upstream.blocked()) {
            tellBlocked();
        }
    }

    /** A connection of the client's is blocked by the broker or no longer, or is the client's no more. */
    void tellBlocked() {
        String why = null;
        for (UpstreamView view : upstreams) {
            if (why == null && view instanceof Upstream upstream) {
                why = upstream.blockedBecause();
            }
        }
        session.onBlocked(why);
    }

    private void remove(Upstream upstream) {
        int place = upstreams.indexOf(upstream);
        if (place >= 0) {
            upstreams.remove(place);
            System.arraycopy(leases, place + 1, leases, place, leases.length - place - 1);
        }
    }
}
