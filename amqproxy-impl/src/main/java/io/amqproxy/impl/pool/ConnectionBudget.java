package io.amqproxy.impl.pool;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One limit of connections to the broker of a route for all of its pools on all loops. Whoever may have none now waits
 * in line: first the pools that have none, in the order in which they came, then those with the fewest.
 *
 * <p>For one that waits another pool gives a connection up: one that nobody uses, and after {@link #IDLE_FIRST} one in
 * use, of the pool with the most, or of one that has had its only one for {@link #TENURE}. That gets no new leases and
 * ends when its clients let go; where they do not within {@link #PATIENCE} it serves again, and another one is asked.
 *
 * <p>A part of the limit is left to pools that have none, and another to log-ins, so that clients whose user has
 * connections can prove their password although there may be no more. Who has not proved it costs nobody a connection.
 *
 * <p>All loops share it, so its methods are synchronized. They are called when connections come and go and while pools
 * wait for one; without a limit it only counts. Claims are changed under its lock only.
 */
public final class ConnectionBudget {

    /** What a connection is for. */
    enum Need {
        /** One more of a pool that has some. */
        MORE,
        /** Of a pool whose clients have none that they could share. */
        FIRST,
        /** To hear what the broker says to a log-in or the like; soon over, or a pool's. */
        LOGIN
    }

    /** For so long only those that nobody uses are given up for a claim. */
    static final long IDLE_FIRST = TimeUnit.MILLISECONDS.toNanos(100);
    /** A pool that got its connection has it for so long, whoever waits. */
    static final long TENURE = TimeUnit.SECONDS.toNanos(1);
    /** For so long one that is to be given up gets no new leases. */
    static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);

    private static final int SHARE_OF_LOGINS = 20;
    private static final int SHARE_OF_FIRST = 10;

    private volatile int most;
    /** With those that are granted and not taken yet. */
    private volatile int used;
    /** Of log-ins, which are over soon. */
    private int loggingIn;
    /** On their way to their end for somebody that waits. */
    private int promised;

    private volatile boolean wanted;

    private long givenUp;
    private long askedAt;
    private final Set<ConnectionClaim> holders = new LinkedHashSet<>();
    private final Set<ConnectionClaim> waiting = new LinkedHashSet<>();
    private final List<Runnable> loops = new ArrayList<>();

    /** @param most connections at a time, 0 for no limit */
    public ConnectionBudget(int most) {
        this.most = most;
    }

    /** There may be so many from now on. Those beyond it go on until nobody uses them, or somebody waits for one. */
    public void most(int connections) {
        List<Runnable> woken;
        synchronized (this) {
            most = connections;
            woken = assign();
        }
        woken.forEach(Runnable::run);
    }

    /** @param waker has the loop look, soon, what it can give up; run by any thread */
    synchronized void join(Runnable waker) {
        loops.add(waker);
    }

    // What there is.

    /** {@return how many there may be, 0 for no limit} */
    public int most() {
        return most;
    }

    /** {@return how many there are or are about to be} */
    public int used() {
        return used;
    }

    /** {@return how many pools and log-ins wait} */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** {@return how many connections were given up for another pool, ever} */
    public synchronized long givenUp() {
        return givenUp;
    }

    /** Whether somebody waits; without a lock. */
    boolean isWanted() {
        return wanted;
    }

    /** Whether so many are log-ins that they cannot all become a pool's; without a lock. */
    boolean isOnlyForLogins() {
        return used > bound(Need.FIRST);
    }

    /** How many more there may be for such a need; without a lock, as others take some at the same time. */
    int room(Need need) {
        return Math.max(0, bound(need) - used);
    }

    private int bound(Need need) {
        int all = most;
        if (all == 0) {
            return Integer.MAX_VALUE;
        }
        int ofPools = all - Math.max(1, all / SHARE_OF_LOGINS);
        return switch (need) {
            case LOGIN -> all;
            case FIRST -> ofPools;
            case MORE -> Math.max(0, ofPools - Math.max(1, all / SHARE_OF_FIRST));
        };
    }

    /** Whether nothing is on its way to anybody. */
    synchronized boolean isBalanced() {
        return promised == 0 && loggingIn == 0 && holders.isEmpty();
    }

    // Claims.

    /**
     * Takes one if there is one.
     *
     * @return whether there was
     */
    synchronized boolean take(ConnectionClaim claim, Need need, long now) {
        if (claim.granted > 0) {
            claim.granted--;
        } else if (used < bound(need)) {
            used++;
        } else {
            return false;
        }
        waiting.remove(claim);
        wanted = !waiting.isEmpty();
        claim.takenAt = now;
        count(claim, 1);
        return true;
    }

    /** One of a log-in is a pool's from now on, if the pool may have it. */
    synchronized boolean adopt(ConnectionClaim from, ConnectionClaim to, Need need, long now) {
        if (to.granted > 0) {
            to.granted--;
            used--;
        } else if (used > bound(need)) {
            return false;
        }
        waiting.remove(to);
        wanted = !waiting.isEmpty();
        to.takenAt = now;
        move(from, to);
        return true;
    }

    synchronized void move(ConnectionClaim from, ConnectionClaim to) {
        count(from, -1);
        count(to, 1);
    }

    private void count(ConnectionClaim claim, int more) {
        claim.held += more;
        loggingIn += claim.isOfPool() ? 0 : more;
        if (claim.held == 0) {
            holders.remove(claim);
        } else {
            holders.add(claim);
        }
    }

    /**
     * A connection is over.
     *
     * @param wasPromised whether somebody was to have it
     */
    void release(ConnectionClaim claim, boolean wasPromised) {
        List<Runnable> woken;
        synchronized (this) {
            used--;
            promised -= wasPromised ? 1 : 0;
            count(claim, -1);
            woken = assign();
        }
        woken.forEach(Runnable::run);
    }

    /** The claim waits, or still does; it is told when it may take one. */
    void want(ConnectionClaim claim, Need need, long now) {
        List<Runnable> woken;
        synchronized (this) {
            if (claim.granted > 0) {
                return;
            }
            boolean isNew = waiting.add(claim);
            if (isNew) {
                claim.since = now;
            }
            boolean isOther = isNew || claim.need != need;
            claim.need = need;
            woken = isOther ? assign() : new ArrayList<>();
            if (waiting.contains(claim) && (isNew || now - askedAt >= IDLE_FIRST / 2)) {
                askedAt = now;
                woken.addAll(loops);
            }
        }
        woken.forEach(Runnable::run);
    }

    /** The claim does not wait any more, nor takes what it was granted. */
    void forgo(ConnectionClaim claim) {
        List<Runnable> woken;
        synchronized (this) {
            waiting.remove(claim);
            used -= claim.granted;
            claim.granted = 0;
            woken = assign();
        }
        woken.forEach(Runnable::run);
    }

    /**
     * Grants what there is to those that wait.
     *
     * @return what has to be run without the lock
     */
    private synchronized List<Runnable> assign() {
        List<Runnable> woken = new ArrayList<>();
        for (ConnectionClaim claim = next(); claim != null; claim = next()) {
            waiting.remove(claim);
            claim.granted++;
            used++;
            woken.add(claim.waker);
        }
        wanted = !waiting.isEmpty();
        return woken;
    }

    private @Nullable ConnectionClaim next() {
        ConnectionClaim best = null;
        for (ConnectionClaim claim : waiting) {
            if (used < bound(claim.need) && (best == null || order(claim, best) < 0)) {
                best = claim;
            }
        }
        return best;
    }

    /** Negative where the first goes before the second; 0 where that is as they came. */
    private static int order(ConnectionClaim first, ConnectionClaim second) {
        int byNeed = second.need.compareTo(first.need);
        return byNeed != 0 || first.need != Need.MORE ? byNeed : Integer.compare(first.held, second.held);
    }

    // Giving up.

    /** {@return the first claim for which a connection has to be given up, and none is, or null} */
    synchronized @Nullable ConnectionClaim unmet() {
        if (waiting.isEmpty()) {
            return null;
        }
        if (promised < used - loggingIn - bound(Need.FIRST)) {
            return waiting.iterator().next(); // There may be fewer than before.
        }
        ConnectionClaim first = unmet(Need.FIRST, 0);
        return first == null ? unmet(Need.MORE, count(Need.FIRST)) : first;
    }

    /** @param before how many of those that are promised are for others */
    private @Nullable ConnectionClaim unmet(Need need, int before) {
        int beyond = Math.max(0, used - loggingIn - bound(need));
        int met = promised - beyond - before;
        for (ConnectionClaim claim : waiting) {
            if (claim.need == need && met-- <= 0) {
                return claim;
            }
        }
        return null;
    }

    private int count(Need need) {
        int count = 0;
        for (ConnectionClaim claim : waiting) {
            count += claim.need == need ? 1 : 0;
        }
        return count;
    }

    /**
     * One will be given up for this claim.
     *
     * @return false where that is not needed any more
     */
    synchronized boolean promise(ConnectionClaim claim) {
        if (unmet() != claim) {
            return false;
        }
        promised++;
        givenUp++;
        return true;
    }

    /** Its clients did not let go. */
    synchronized void withdraw() {
        promised--;
        givenUp--;
    }

    /** {@return who is to give up a connection that is in use, or null where nobody has to} */
    synchronized @Nullable ConnectionClaim donor(ConnectionClaim claim, long now) {
        if (now - claim.since < IDLE_FIRST || claim.need == Need.LOGIN) {
            return null;
        }
        return holders.stream()
                .filter(one -> one.isOfPool() && one != claim)
                .filter(one -> one.sparedUntil - now <= 0 && now - one.takenAt >= TENURE)
                .filter(one -> one.held >= claim.held + (claim.need == Need.FIRST ? 0 : 2))
                .min(Comparator.<ConnectionClaim>comparingInt(one -> -one.held)
                        .thenComparingLong(one -> one.takenAt - now))
                .orElse(null);
    }

    /** It can give up none; it is not asked again before this time. */
    synchronized void spare(ConnectionClaim donor, long until) {
        donor.sparedUntil = until;
    }
}
