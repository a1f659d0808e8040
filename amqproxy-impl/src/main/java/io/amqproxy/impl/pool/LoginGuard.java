package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.limit.AddressKey;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps those who guess passwords from the broker. Different secrets that the broker refused are counted for each
 * address and user, and for each address. After {@code failedLogins} of them log-ins from there are refused without
 * asking the broker, for a second first and twice as long after each further one, up to {@link #LONGEST_BLOCK}; then
 * one that was not tried yet is let through. After {@link #FORGIVEN_AFTER} without a failure all is forgotten.
 *
 * <p>A secret that was wrong before and is tried again, as by programs that have not heard of the new one, is no guess:
 * it is counted by itself, and holds up nobody but who brings it.
 *
 * <p>Credentials that the broker has accepted before are never held up: who sends them guesses nothing.
 *
 * <p>It also bounds the log-ins that are under way: {@link #MAX_UNDER_WAY} in all, of an address and of an address and
 * user as many as could fail before it is blocked.
 *
 * <p>Users and secrets are known by salted digests of a fixed size, and all tables are bounded in number and time.
 *
 * <p>One guard serves all loops, since who guesses may choose users of different loops, and one route, since what one
 * broker accepts proves nothing at another. Its methods are synchronized. They are called when a log-in goes to the
 * broker and when that ends; a client whose credentials are proved does not come here.
 */
public final class LoginGuard {

    /** Failures of one address, whichever users it tries, weigh less: there may be many clients behind it. */
    static final int USERS_PER_ADDRESS = 10;

    static final long FIRST_BLOCK = TimeUnit.SECONDS.toNanos(1);
    /** Slow for who guesses, and not long for who has the right secret and comes after many that had a wrong one. */
    static final long LONGEST_BLOCK = TimeUnit.SECONDS.toNanos(10);

    static final long FORGIVEN_AFTER = TimeUnit.MINUTES.toNanos(10);
    /** Log-ins under way at once. */
    static final int MAX_UNDER_WAY = 64;

    static final int CAPACITY = 16_384;

    private static final int DOUBLINGS = 4;
    private static final long PROVED_FOR = TimeUnit.DAYS.toNanos(1);
    private static final byte[] SALT = new byte[16];

    static {
        new SecureRandom().nextBytes(SALT);
    }

    /** The half of a digest, which is enough to tell one from another. */
    private record Digest(long first, long second) {
        static Digest of(Credentials credentials) {
            ByteBuffer digest = credentials.digest(SALT);
            return new Digest(digest.getLong(0), digest.getLong(Long.BYTES));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Digest digest && first == digest.first && second == digest.second;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(first);
        }
    }

    /** Whose log-in it is: an address and user, the name as a digest, since it may be long. */
    private record Origin(AddressKey address, Digest user) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Origin origin && address.equals(origin.address) && user.equals(origin.user);
        }

        @Override
        public int hashCode() {
            return 31 * address.hashCode() + user.hashCode();
        }
    }

    /** Who wants to log in, and with what. It is made once for each, since digests of long names take their time. */
    public static final class Login {
        private final Origin origin;
        private final Wrong secret;

        private Login(Origin origin, Wrong secret) {
            this.origin = origin;
            this.secret = secret;
        }

        public static Login of(AddressKey address, Credentials credentials) {
            return new Login(
                    new Origin(address, Digest.of(new Credentials("", credentials.user(), new byte[0]))),
                    new Wrong(address, Digest.of(credentials)));
        }

        /** {@return what is the same for all log-ins from an address as a user} */
        Object origin() {
            return origin;
        }

        private AddressKey address() {
            return origin.address;
        }
    }

    /** A secret that was wrong, and where it came from. */
    private record Wrong(AddressKey address, Digest credentials) {}

    /** What there is to know of one origin, address or secret. */
    private static final class Conduct {
        private int failures;
        private long blockedUntil;

        /** Returns for how long it is blocked from now on. */
        long fail(int most, long now) {
            failures++;
            if (failures < most) {
                return 0;
            }
            long block = Math.min(LONGEST_BLOCK, FIRST_BLOCK << Math.min(DOUBLINGS, failures - most));
            blockedUntil = now + block;
            return block;
        }

        long blockedFor(int most, long now) {
            return failures >= most ? Math.max(0, blockedUntil - now) : 0;
        }
    }

    /** A log-in that is under way. */
    final class Attempt {
        /** Null where it is no guess. */
        private final @Nullable Origin origin;

        private Attempt(@Nullable Origin origin) {
            this.origin = origin;
        }

        /** It has ended, in whatever way; whoever waits for that is told. */
        void end() {
            List<Runnable> waiting;
            synchronized (LoginGuard.this) {
                underWay.remove(this);
                waiting = List.copyOf(wakers);
                wakers.clear();
            }
            waiting.forEach(Runnable::run);
        }
    }

    private int most;
    private final ExpiringTable<Origin, Conduct> origins = new ExpiringTable<>(CAPACITY, FORGIVEN_AFTER);
    private final ExpiringTable<AddressKey, Conduct> addresses = new ExpiringTable<>(CAPACITY, FORGIVEN_AFTER);
    private final ExpiringTable<Wrong, Conduct> wrong = new ExpiringTable<>(CAPACITY, FORGIVEN_AFTER);
    private final ExpiringTable<Digest, Boolean> proved = new ExpiringTable<>(CAPACITY, PROVED_FOR);
    private final Set<Attempt> underWay = new HashSet<>();
    /** One of each loop. */
    private final Set<Runnable> wakers = new LinkedHashSet<>();

    /**
     * Knows of nobody yet.
     *
     * @param failedLogins 0 to let all pass
     */
    public LoginGuard(int failedLogins) {
        this.most = failedLogins;
    }

    /** So many may fail from now on. */
    public synchronized void most(int failedLogins) {
        most = failedLogins;
    }

    boolean isOff() {
        return most == 0;
    }

    private int mostOfAddress() {
        return most > Integer.MAX_VALUE / USERS_PER_ADDRESS ? most : most * USERS_PER_ADDRESS;
    }

    /** {@return for how many nanoseconds more such log-ins are refused without asking the broker, or 0} */
    public synchronized long blockedFor(Login login, long now) {
        if (isOff() || isKnown(login, now)) {
            return 0;
        }
        long ofSecret = blockedFor(wrong.get(login.secret, now), most, now);
        long ofOrigin = blockedFor(origins.get(login.origin, now), most, now);
        long ofAddress = blockedFor(addresses.get(login.address(), now), mostOfAddress(), now);
        return Math.max(ofSecret, Math.max(ofOrigin, ofAddress));
    }

    private static long blockedFor(@Nullable Conduct conduct, int most, long now) {
        return conduct == null ? 0 : conduct.blockedFor(most, now);
    }

    /**
     * {@return the log-in, or null if it has to wait for others to end}
     *
     * @param login null for one that no client waits for
     * @param waker run, by any thread, when it is worth trying again
     */
    synchronized @Nullable Attempt begin(@Nullable Login login, long now, Runnable waker) {
        Origin guesser = login == null || isOff() || isKnown(login, now) || isWrong(login, now) ? null : login.origin;
        if (isFull() || (guesser != null && !mayTry(guesser, now))) {
            wakers.add(waker);
            return null;
        }
        Attempt attempt = new Attempt(guesser);
        underWay.add(attempt);
        return attempt;
    }

    private boolean isWrong(Login login, long now) {
        return wrong.get(login.secret, now) != null;
    }

    /** No more at once than could fail before it is blocked; one while it is on probation. */
    private boolean mayTry(Origin origin, long now) {
        int ofOrigin = 0;
        int ofAddress = 0;
        for (Attempt attempt : underWay) {
            if (attempt.origin != null && attempt.origin.address.equals(origin.address)) {
                ofAddress++;
                ofOrigin += attempt.origin.equals(origin) ? 1 : 0;
            }
        }
        return ofOrigin < Math.max(1, most - failures(origins.get(origin, now)))
                && ofAddress < Math.max(1, mostOfAddress() - failures(addresses.get(origin.address, now)));
    }

    private static int failures(@Nullable Conduct conduct) {
        return conduct == null ? 0 : conduct.failures;
    }

    /** {@return whether no log-in may begin before another one ends} */
    synchronized boolean isFull() {
        return underWay.size() >= MAX_UNDER_WAY;
    }

    /**
     * The broker refused a log-in.
     *
     * @return for how many nanoseconds such log-ins are refused at once
     */
    public synchronized long onRefused(Login login, long now) {
        if (isOff()) {
            return 0;
        }
        boolean isGuess = !isWrong(login, now);
        long block = fail(wrong, login.secret, most, now);
        if (isGuess) {
            long ofOrigin = fail(origins, login.origin, most, now);
            long ofAddress = fail(addresses, login.address(), mostOfAddress(), now);
            block = Math.max(block, Math.max(ofOrigin, ofAddress));
        }
        return block;
    }

    private static <K> long fail(ExpiringTable<K, Conduct> table, K key, int most, long now) {
        Conduct known = table.get(key, now);
        Conduct conduct = known == null ? new Conduct() : known;
        table.put(key, conduct, now);
        return conduct.fail(most, now);
    }

    /** The broker accepted this log-in, whose origin has proved that it knows the user's password. */
    public synchronized void onProved(Login login) {
        origins.remove(login.origin);
    }

    public synchronized void remember(Credentials credentials, long now) {
        if (!isOff()) {
            proved.put(Digest.of(credentials), true, now);
        }
    }

    /** The broker does not accept them any more. */
    public synchronized void forget(Credentials credentials) {
        if (!isOff()) {
            proved.remove(Digest.of(credentials));
        }
    }

    private boolean isKnown(Login login, long now) {
        return proved.get(login.secret.credentials, now) != null;
    }

    /** Entries of all tables. */
    synchronized int size() {
        return origins.size() + addresses.size() + wrong.size() + proved.size();
    }
}
