package io.amqproxy.impl.pool;

import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.session.Credentials;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps those who guess passwords from the broker. Log-ins that the broker refused are counted for each address and
 * user, and for each address. After {@code failedLogins} of them log-ins from there are refused without asking the
 * broker, for a second first and twice as long after each further failure, up to a minute; after
 * {@link #FORGIVEN_AFTER} without a failure all is forgotten.
 *
 * <p>Credentials that the broker has accepted before are never held up: who sends them guesses nothing. They are known
 * by a salted digest.
 *
 * <p>It also bounds the log-ins that are under way: {@link #MAX_UNDER_WAY} in all, of an address and of an address and
 * user as many as could fail before it is blocked.
 *
 * <p>All tables are bounded; who came longest ago is forgotten first.
 *
 * <p>One guard serves all loops, since who guesses may choose users of different loops. It is the only thing of the
 * pools that loops share, so its methods are synchronized. They are called when a log-in goes to the broker and when
 * that ends; a client whose credentials are proved does not come here.
 */
public final class LoginGuard {

    /** Failures of one address, whichever users it tries, weigh less: there may be many clients behind it. */
    static final int USERS_PER_ADDRESS = 10;

    static final long FIRST_BLOCK = TimeUnit.SECONDS.toNanos(1);
    static final long LONGEST_BLOCK = TimeUnit.MINUTES.toNanos(1);
    static final long FORGIVEN_AFTER = TimeUnit.MINUTES.toNanos(10);
    /** Log-ins under way at once. */
    static final int MAX_UNDER_WAY = 64;

    private static final int DOUBLINGS = 6;
    private static final int CAPACITY = 16_384;
    private static final int SALT = 16;

    /** Whose log-in it is. */
    public record Origin(AddressKey address, String user) {}

    /** What there is to know of one origin or address. */
    private static final class Conduct {
        private int failures;
        private int underWay;
        private long failedAt;
        private long blockedUntil;

        boolean isBlocked(int most, long now) {
            return failures >= most && blockedUntil - now > 0;
        }

        /** Answers the time for which it is blocked. */
        long fail(int most, long now) {
            if (now - failedAt >= FORGIVEN_AFTER) {
                failures = 0;
            }
            failures++;
            failedAt = now;
            if (failures < most) {
                return 0;
            }
            long block = Math.min(LONGEST_BLOCK, FIRST_BLOCK << Math.min(DOUBLINGS, failures - most));
            blockedUntil = now + block;
            return block;
        }

        /** No more at once than could fail before it is blocked; one while it is on probation. */
        boolean mayTry(int most, long now) {
            int counted = now - failedAt >= FORGIVEN_AFTER ? 0 : failures;
            return underWay < Math.max(1, most - counted);
        }
    }

    /** A table that forgets. */
    private static final class Table<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1;

        Table() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > CAPACITY;
        }
    }

    /** A log-in that is under way. */
    final class Attempt {
        private final List<Conduct> conducts;

        private Attempt(List<Conduct> conducts) {
            this.conducts = conducts;
        }

        /** It has ended, in whatever way; whoever waits for that is told. */
        void end() {
            List<Runnable> waiting;
            synchronized (LoginGuard.this) {
                underWay--;
                conducts.forEach(conduct -> conduct.underWay--);
                waiting = List.copyOf(wakers);
                wakers.clear();
            }
            waiting.forEach(Runnable::run);
        }
    }

    private int most;
    private final byte[] salt = new byte[SALT];
    private final Map<Origin, Conduct> origins = new Table<>();
    private final Map<AddressKey, Conduct> addresses = new Table<>();
    private final Map<ByteBuffer, Boolean> proved = new Table<>();
    private final Set<Runnable> wakers = new LinkedHashSet<>();
    private int underWay;

    /**
     * Knows of nobody yet.
     *
     * @param failedLogins 0 to let all pass
     */
    public LoginGuard(int failedLogins) {
        this.most = failedLogins;
        new SecureRandom().nextBytes(salt);
    }

    /** So many may fail from now on. */
    synchronized void most(int failedLogins) {
        most = failedLogins;
    }

    boolean isOff() {
        return most == 0;
    }

    private int mostOfAddress() {
        return most > Integer.MAX_VALUE / USERS_PER_ADDRESS ? most : most * USERS_PER_ADDRESS;
    }

    /** {@return whether a log-in is refused without asking the broker} */
    public synchronized boolean isBlocked(Origin origin, Credentials credentials, long now) {
        if (isOff()) {
            return false;
        }
        Conduct ofAddress = addresses.get(origin.address());
        Conduct ofOrigin = origins.get(origin);
        boolean isBlocked = (ofAddress != null && ofAddress.isBlocked(mostOfAddress(), now))
                || (ofOrigin != null && ofOrigin.isBlocked(most, now));
        return isBlocked && !isKnown(credentials);
    }

    /**
     * {@return the log-in, or null if it has to wait for others to end}
     *
     * @param origin null for one that no client waits for
     * @param waker run, by any thread, when it is worth trying again
     */
    synchronized @Nullable Attempt begin(@Nullable Origin origin, Credentials credentials, long now, Runnable waker) {
        List<Conduct> conducts = List.of();
        boolean mayTry = true;
        if (origin != null && !isOff() && !isKnown(credentials)) {
            Conduct ofOrigin = origins.computeIfAbsent(origin, key -> new Conduct());
            Conduct ofAddress = addresses.computeIfAbsent(origin.address(), key -> new Conduct());
            mayTry = ofOrigin.mayTry(most, now) && ofAddress.mayTry(mostOfAddress(), now);
            conducts = List.of(ofOrigin, ofAddress);
        }
        if (!mayTry || isFull()) {
            wakers.add(waker);
            return null;
        }
        underWay++;
        conducts.forEach(conduct -> conduct.underWay++);
        return new Attempt(conducts);
    }

    /** {@return whether no log-in may begin before another one ends} */
    synchronized boolean isFull() {
        return underWay >= MAX_UNDER_WAY;
    }

    /** The broker refused a log-in; answers for how many nanoseconds others from there are refused at once. */
    public synchronized long onRefused(Origin origin, long now) {
        if (isOff()) {
            return 0;
        }
        long block = origins.computeIfAbsent(origin, key -> new Conduct()).fail(most, now);
        long blockOfAddress = addresses
                .computeIfAbsent(origin.address(), key -> new Conduct())
                .fail(mostOfAddress(), now);
        return Math.max(block, blockOfAddress);
    }

    /** The broker accepted a log-in of this origin, which has proved that it knows the user's password. */
    public synchronized void onProved(Origin origin) {
        origins.remove(origin);
    }

    public synchronized void remember(Credentials credentials) {
        if (!isOff()) {
            proved.put(credentials.digest(salt), true);
        }
    }

    /** The broker does not accept them any more. */
    public synchronized void forget(Credentials credentials) {
        if (!isOff()) {
            proved.remove(credentials.digest(salt));
        }
    }

    private boolean isKnown(Credentials credentials) {
        return !proved.isEmpty() && proved.containsKey(credentials.digest(salt));
    }

    /** Entries of all tables. */
    synchronized int size() {
        return origins.size() + addresses.size() + proved.size();
    }
}
