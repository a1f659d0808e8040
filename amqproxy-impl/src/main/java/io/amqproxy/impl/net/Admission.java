package io.amqproxy.impl.net;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.limit.Limits;
import io.amqproxy.impl.limit.RateLimiter;
import io.amqproxy.impl.limit.RateLimiterTable;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect: the clients there are, in all and of each address, and how fast they come. The loop that accepts
 * asks; clients leave on whichever loop they ended.
 */
final class Admission {

    /** Addresses whose rate is known. */
    private static final int ADDRESSES = 16_384;

    /** The place of one client. It is given up once, however often it is left. */
    final class Seat implements Runnable {
        private @Nullable InetSocketAddress from;
        private boolean isLeft;

        /**
         * Says where the client comes from.
         *
         * @return why it is refused, or null
         */
        @Nullable
        CloseCause at(InetSocketAddress where, long now) {
            if (!limits.allow(where.getAddress())) {
                return CloseCause.byProxy(Kind.LOGIN_REFUSED, "clients of this address are not served");
            }
            AddressKey key = AddressKey.of(where);
            if (isCrowded(key)) {
                return CloseCause.byProxy(Kind.RESOURCE, "too many clients of one address (" + mostOfAddress() + ")");
            }
            if (!rates.tryTake(key, now)) {
                return CloseCause.byProxy(
                        Kind.RESOURCE,
                        "too many new clients of one address (newClientsPerSecondAndAddress = "
                                + limits.newClientsPerSecondAndAddress() + ")");
            }
            from = where;
            perAddress.merge(key, 1, Integer::sum);
            return null;
        }

        /** Leaves. */
        @Override
        public void run() {
            if (isLeft) {
                return;
            }
            isLeft = true;
            if (from != null) {
                perAddress.computeIfPresent(AddressKey.of(from), (key, count) -> count == 1 ? null : count - 1);
            }
            clients.decrementAndGet(); // Last: who sees that it has left finds its place free.
        }
    }

    private Limits limits;
    private int maxClients;
    private final AtomicInteger clients;
    private final Map<AddressKey, Integer> perAddress = new ConcurrentHashMap<>();

    // The accepting loop's.
    private RateLimiterTable rates;
    private @Nullable RateLimiter rate;

    Admission(Limits limits, int maxClients, AtomicInteger clients) {
        this.limits = limits;
        this.maxClients = maxClients;
        this.clients = clients;
        this.rates = new RateLimiterTable(limits.newClientsPerSecondAndAddress(), ADDRESSES);
    }

    /** Other limits hold from now on, for clients that come. */
    void reload(Limits newer, int most) {
        if (newer.newClientsPerSecondAndAddress() != limits.newClientsPerSecondAndAddress()) {
            rates = new RateLimiterTable(newer.newClientsPerSecondAndAddress(), ADDRESSES);
        }
        if (newer.newClientsPerSecond() != limits.newClientsPerSecond()) {
            rate = null;
        }
        limits = newer;
        maxClients = most;
    }

    /**
     * Takes part in one more being accepted.
     *
     * @return nanoseconds to wait before, or 0 if it may be accepted now
     */
    long untilNext(long now) {
        if (limits.newClientsPerSecond() == 0) {
            return 0;
        }
        if (rate == null) {
            rate = new RateLimiter(limits.newClientsPerSecond(), now);
        }
        return rate.untilNext(now);
    }

    void onAccepted(long now) {
        if (rate != null) {
            rate.take(1, now);
        }
    }

    /** {@return whether an address has all clients that it may have} */
    boolean isCrowded(AddressKey address) {
        int most = limits.clientsPerAddress();
        return most > 0 && perAddress.getOrDefault(address, 0) >= most;
    }

    /** {@return a place for one more client, or null if all are taken} */
    @Nullable
    Seat take() {
        if (clients.get() >= maxClients) {
            return null;
        }
        clients.incrementAndGet();
        return new Seat();
    }

    /** {@return the limit of all clients, for texts} */
    String most() {
        return "maxClients = " + maxClients;
    }

    /** {@return the limit of an address, for texts} */
    String mostOfAddress() {
        return "clientsPerAddress = " + limits.clientsPerAddress();
    }

    /** {@return why there is no place for one more} */
    CloseCause full() {
        return CloseCause.byProxy(Kind.RESOURCE, "too many clients (" + most() + ")");
    }

    /** Addresses that have clients. */
    int addresses() {
        return perAddress.size();
    }
}
