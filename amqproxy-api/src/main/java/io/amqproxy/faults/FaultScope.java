package io.amqproxy.faults;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.internal.NodeAddress;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whom and which occurrences a fault is for: clients, or the proxy's connections to the broker. Immutable: each method
 * answers another scope. Occurrences are counted for each fault that it is given to, over all clients that it is for.
 * An occurrence that one fault takes is not counted by another that can do nothing more with it: of two alike the one
 * that began first has it, and a confirm that is lost is none of those that are to be late.
 */
public final class FaultScope {

    private static final int ANY = -1;

    private final Predicate<? super ClientInfo> clients;
    /** Null where it is for clients. */
    private final @Nullable Predicate<? super UpstreamInfo> upstreams;

    private final int channel;
    private final @Nullable String name;
    private final long first;
    private final long most;
    private final double probability;
    private final long seed;

    private FaultScope(
            Predicate<? super ClientInfo> clients,
            @Nullable Predicate<? super UpstreamInfo> upstreams,
            int channel,
            @Nullable String name,
            long first,
            long most,
            double probability,
            long seed) {
        this.clients = clients;
        this.upstreams = upstreams;
        this.channel = channel;
        this.name = name;
        this.first = first;
        this.most = most;
        this.probability = probability;
        this.seed = seed;
    }

    /** {@return one for all clients, and everything of theirs} */
    public static FaultScope all() {
        return new FaultScope(client -> true, null, ANY, null, 1, Long.MAX_VALUE, 1, 0);
    }

    /**
     * {@return one for all connections to the broker that have a user, and no clients} Faults of the network take it:
     * {@link Faults#cutUpstreams(FaultScope, Faults.Cut)}, {@link Faults#stopReading}, {@link Faults#silence},
     * {@link Faults#blackHole}, {@link Faults#delay}, {@link Faults#limitBandwidth}, {@link Faults#cutFrames} and
     * {@link Faults#loseHeartbeats}, and so does what the broker closes: {@code closeConnections},
     * {@link Faults#closeChannels}, {@link Faults#endSessions} and {@link Faults#detachLinks}. All others refuse it.
     * Channels are those of the proxy at the broker.
     */
    public static FaultScope upstreams() {
        return upstreams(upstream -> true);
    }

    /**
     * {@return the same for some of those connections}
     *
     * @param wanted asked on the proxy's selector threads; it must not block
     */
    public static FaultScope upstreams(Predicate<? super UpstreamInfo> wanted) {
        Objects.requireNonNull(wanted, "wanted");
        return new FaultScope(client -> false, wanted, ANY, null, 1, Long.MAX_VALUE, 1, 0);
    }

    /**
     * {@return the same for these clients only}
     *
     * @param wanted asked on the proxy's selector threads; it must not block
     * @throws IllegalStateException if this is one for connections to the broker
     */
    public FaultScope ofClients(Predicate<? super ClientInfo> wanted) {
        checkOfClients();
        return new FaultScope(
                Objects.requireNonNull(wanted, "wanted"), null, channel, name, first, most, probability, seed);
    }

    /**
     * {@return the same for one channel of each client only} Log-ins and whole connections are on channel 0.
     *
     * @param number the channel's number at the client, of AMQP 1.0 the session's; 0 for the connection itself
     */
    public FaultScope onChannel(int number) {
        if (number < 0 || number > 0xFFFF) {
            throw new IllegalArgumentException("channels are numbered from 0 to 65535");
        }
        return new FaultScope(clients, upstreams, number, name, first, most, probability, seed);
    }

    /**
     * {@return the same for what names this only}
     *
     * <ul>
     *   <li>Methods name queues, exchanges, routing keys and consumers; some, such as {@code basic.ack}, name nothing.
     *   <li>A confirm has what its publish named, as long as the fault was there when the message was published.
     *   <li>An acknowledgement has the consumer, its queue, exchange and routing key of the message, as long as the
     *       fault was there when that was delivered.
     *   <li>A consumer names its tag and its queue, a channel all its consumers and their queues, as long as the client
     *       named the queue.
     *   <li>A link of AMQP 1.0, its credit and its deliveries name the address that the client attached to: of the
     *       target if it sends, of the source if it receives; a session all its links. Of an address of RabbitMQ's form
     *       ({@code /queues/orders}) the last part will do.
     *   <li>A delivery on a link whose target has no address (an anonymous producer) names what the property {@code to}
     *       of its message says, up to 512 octets, if that comes in its first frame; the link and its credit name
     *       nothing.
     *   <li>A delivery that was sent before the fault was there names nothing.
     *   <li>A connection names all that its channels or sessions name.
     *   <li>Heartbeats, frames that are cut, log-ins and clients that only connect name nothing.
     * </ul>
     *
     * A fault of what names nothing is refused with an {@link IllegalArgumentException} where it is to name something.
     *
     * @param queueOrExchange the name of a queue, an exchange, a routing key or a consumer, or an address
     * @throws IllegalStateException if this is one for connections to the broker, which are shared and name nothing
     */
    public FaultScope naming(String queueOrExchange) {
        checkOfClients();
        Objects.requireNonNull(queueOrExchange, "queueOrExchange");
        return new FaultScope(clients, upstreams, channel, queueOrExchange, first, most, probability, seed);
    }

    private boolean isNamed(Collection<String> names) {
        String wanted = name;
        return wanted == null || names.stream().anyMatch(one -> NodeAddress.isNamed(one, wanted::equals));
    }

    /**
     * {@return the same for one occurrence only}
     *
     * @param number which one, counted from 1
     */
    public FaultScope nth(long number) {
        if (number < 1) {
            throw new IllegalArgumentException("occurrences are counted from 1");
        }
        return new FaultScope(clients, upstreams, channel, name, number, 1, probability, seed);
    }

    /**
     * {@return the same for the first occurrences only}
     *
     * @param times how many, at least 1
     */
    public FaultScope first(long times) {
        if (times < 1) {
            throw new IllegalArgumentException("a fault has to happen once at least");
        }
        return new FaultScope(clients, upstreams, channel, name, 1, times, probability, seed);
    }

    /**
     * {@return the same for some occurrences, by chance}
     *
     * @param share from 0, for none, to 1, for all
     * @param randomSeed occurrences in the same order have the same lot with the same seed
     */
    public FaultScope withProbability(double share, long randomSeed) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("a probability is from 0 to 1");
        }
        return new FaultScope(clients, upstreams, channel, name, first, most, share, randomSeed);
    }

    private void checkOfClients() {
        if (upstreams != null) {
            throw new IllegalStateException("it is for connections to the broker, not for clients");
        }
    }

    /** {@return the occurrences of one fault, from the first on; for whoever makes faults} */
    public Occurrences occurrences() {
        return new Occurrences(this);
    }

    /** Counts the occurrences of one fault. May be used by any thread. */
    public static final class Occurrences {
        private final FaultScope scope;
        private final Random random;
        private long seen;
        private long hit;

        private Occurrences(FaultScope scope) {
            this.scope = scope;
            this.random = new Random(scope.seed);
        }

        /**
         * {@return whether this is a client that the fault is for} It is no occurrence.
         *
         * @param client the client, or null where there is none
         */
        public boolean isFor(@Nullable ClientInfo client) {
            return client != null && scope.clients.test(client);
        }

        /**
         * {@return whether the fault happens now, to this client}
         *
         * @param client the client
         */
        public synchronized boolean happens(ClientInfo client) {
            return happens(client, 0);
        }

        /**
         * {@return whether the fault happens now, to something on this channel of this client}
         *
         * @param client the client
         * @param channel the channel's number, 0 for the connection itself
         */
        public boolean happens(ClientInfo client, int channel) {
            return happens(client, channel, List.of());
        }

        /**
         * {@return whether the fault happens now, to a method on this channel of this client}
         *
         * @param client the client
         * @param channel the channel's number
         * @param names what the method names
         */
        public synchronized boolean happens(ClientInfo client, int channel, Collection<String> names) {
            return isMeant(client, channel, names) && isNextHit();
        }

        private boolean isNextHit() {
            seen++;
            boolean isHit = seen >= scope.first
                    && seen - scope.first < scope.most
                    && (scope.probability >= 1 || random.nextDouble() < scope.probability);
            hit += isHit ? 1 : 0;
            return isHit;
        }

        /**
         * {@return whether the fault is for something on this channel of this client} It is no occurrence.
         *
         * @param client the client
         * @param channel the channel's number, 0 for the connection itself
         * @param names what it names
         */
        public boolean isMeant(ClientInfo client, int channel, Collection<String> names) {
            return scope.isNamed(names)
                    && (scope.channel == ANY || scope.channel == channel)
                    && scope.clients.test(client);
        }

        /** {@return whether the fault is for connections to the broker, and not for clients} */
        public boolean isOfUpstreams() {
            return scope.upstreams != null;
        }

        /**
         * {@return whether this is a connection to the broker that the fault is for} It is no occurrence.
         *
         * @param upstream the connection
         */
        public boolean isForUpstream(UpstreamInfo upstream) {
            return scope.upstreams != null && scope.upstreams.test(upstream);
        }

        /**
         * {@return whether the fault happens now, to something on this channel of this connection to the broker}
         *
         * @param upstream the connection
         * @param channel the channel's number at the broker, 0 for the connection itself
         */
        public synchronized boolean happensTo(UpstreamInfo upstream, int channel) {
            return (scope.channel == ANY || scope.channel == channel) && isForUpstream(upstream) && isNextHit();
        }

        /** {@return whether the fault is only for what names something} */
        public boolean isNaming() {
            return scope.name != null;
        }

        /** {@return how often it has happened} */
        public synchronized long count() {
            return hit;
        }
    }
}
