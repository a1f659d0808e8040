package io.amqproxy.program.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are open. Their number is bounded, also from one address (of IPv6, one /64); who comes beyond it
 * takes the place of the one that has waited longest without asking anything. So connections that only occupy places
 * keep out nobody who asks, from the same address neither.
 */
final class Visitors<V extends Visitors.Visitor> {

    /** A connection. */
    interface Visitor {
        InetAddress address();

        /** Whether it has not asked anything that is still to be answered. */
        boolean isWaiting();
    }

    private static final int NETWORK = 8;

    private final int most;
    private final int mostOfOne;
    /** In the order in which they came. */
    private final Set<V> all = new LinkedHashSet<>();

    Visitors(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** Takes one more in; {@return who has to leave for it, which is itself where all others are served, or null} */
    @Nullable
    V enter(V visitor) {
        all.add(visitor);
        ByteBuffer home = home(visitor);
        Predicate<V> isNeighbour = other -> home(other).equals(home);
        V leaving = null;
        if (all.stream().filter(isNeighbour).count() > mostOfOne) {
            leaving = longestWaiting(isNeighbour);
        } else if (all.size() > most) {
            leaving = longestWaiting(other -> true);
        }
        if (leaving != null) {
            all.remove(leaving);
        }
        return leaving;
    }

    /** One has to leave as there is no descriptor for one more; {@return which, or null where all are served} */
    @Nullable
    V giveWay() {
        for (V visitor : all) {
            if (visitor.isWaiting()) {
                all.remove(visitor);
                return visitor;
            }
        }
        return null;
    }

    /** The newcomer waits too, and is the last. */
    private V longestWaiting(Predicate<V> who) {
        return all.stream().filter(who).filter(Visitor::isWaiting).findFirst().orElseThrow();
    }

    private ByteBuffer home(V visitor) {
        byte[] address = visitor.address().getAddress();
        return ByteBuffer.wrap(visitor.address() instanceof Inet6Address ? Arrays.copyOf(address, NETWORK) : address);
    }

    void leave(V visitor) {
        all.remove(visitor);
    }

    int size() {
        return all.size();
    }
}
