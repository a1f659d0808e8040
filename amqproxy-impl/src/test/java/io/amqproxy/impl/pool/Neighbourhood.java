package io.amqproxy.impl.pool;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.amqproxy.PoolStats;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * A confirm publisher and a consumer, and whoever misbehaves beside them. What must hold: those two do not miss a beat,
 * the proxy reports no failure of its own, its memory stays within a bound, and nothing is left of who has gone.
 */
final class Neighbourhood {

    /** Of all buffers: what is incomplete, what waits for the broker and for a client, and a message each. */
    private static final long MOST_MEMORY = 6 * 1024 * 1024;

    /** More than anybody here needs. */
    static final int MANY_CONNECTIONS = 8;

    private static final Duration UNTIL_ALL_TIMERS_HAVE_FIRED = Duration.ofMinutes(3);
    private static final boolean TELLS = Boolean.getBoolean("fuzz.tell");
    private static final Failures FAILURES = Failures.watched();

    final Neighbours neighbours;
    final Rig rig;
    final ScriptedBroker.Connection upstream;
    private int came;
    private final Set<Integer> channelsOfNeighbours;

    /** The size of frames and the number of connections that the broker allows. */
    Neighbourhood(int frameMax, int maxConnections) {
        FAILURES.begin();
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        options.frameMax = frameMax;
        options.readBuffer = 256 * 1024;
        options.maxIncompleteBytes = 1024 * 1024;
        options.credentialTtl = Duration.ofDays(10);
        neighbours = new Neighbours(options);
        rig = neighbours.rig;
        upstream = rig.broker.only();
        // In a full pool there is no connection to keep such a declaration apart on.
        rig.broker.hasAllExchangeTypes = maxConnections < MANY_CONNECTIONS;
        channelsOfNeighbours = Set.copyOf(upstream.channels.keySet());
        options.maxConnections = maxConnections;
        rig.reload();
    }

    /** Says on request what happens, for whoever looks into a failure. */
    <T> T told(T step) {
        if (TELLS) {
            System.err.println(step);
        }
        return step;
    }

    CheckedClient connect() {
        CheckedClient client = new CheckedClient(this, "client " + ++came);
        rig.attach(client);
        return client;
    }

    /** The channels of the broker that the neighbours have nothing to do with. */
    List<BrokerChannel> othersChannels() {
        List<BrokerChannel> others = new ArrayList<>();
        for (ScriptedBroker.Connection connection : rig.broker.connections) {
            if (connection.deaf) {
                continue; // Played by the test.
            }
            connection.channels.forEach((number, channel) -> {
                if (connection != upstream || !channelsOfNeighbours.contains(number)) {
                    others.add(channel);
                }
            });
        }
        return others;
    }

    /** What was sent arrives where it is read, without what it causes elsewhere. */
    void arrive() {
        for (FakeLink link : List.copyOf(rig.links)) {
            if (link.canMoveToSession()) {
                link.moveToSession(Integer.MAX_VALUE);
            }
            rig.endTurn();
        }
    }

    void check() {
        if (rig.loop.chunks.usedBytes() > MOST_MEMORY) {
            throw new AssertionError(rig.loop.chunks.usedBytes() + " octets of memory are held");
        }
        if (rig.links.stream().anyMatch(FakeLink::waitsForTooMuch)) {
            throw new AssertionError("a session waits for more than a frame may have");
        }
        FAILURES.check();
    }

    /** The broker does all that it has left for later, and the neighbours go on as ever. */
    void beat() {
        settle();
        told("the broker has heard " + upstream.heard);
        neighbours.beat();
        check();
    }

    private void settle() {
        rig.broker.prompt = true;
        rig.run();
        try {
            for (BrokerChannel channel : othersChannels()) {
                while (channel.hasWork()) {
                    channel.handleNext();
                }
                channel.confirms.confirmAll();
            }
        } catch (AmqpException e) {
            throw new AssertionError(e);
        }
        rig.run();
    }

    /** Everybody else has gone. */
    void checkThatNothingIsLeft() {
        beat();
        // Now, for channels that nobody needs are closed in time.
        checkThatTheBrokerHasNothingOfThem();
        rig.pass(UNTIL_ALL_TIMERS_HAVE_FIRED);
        beat();
        checkThatTheBrokerHasNothingOfThem();
        List<PoolStats> pools = rig.registry.stats().stream()
                .filter(pool -> pool.clients() != 0 || pool.channelsLeased() != 0)
                .toList();
        expect(pools.size() == 1 && pools.get(0).clients() == 2 && pools.get(0).channelsLeased() == 2, pools);
        expect(rig.broker.openConnections() == 1, "open connections: " + rig.broker.openConnections());
        expect(rig.links.size() == 3, "links: " + rig.links.size());
        expect(rig.loop.chunks.usedBytes() == 0, "octets held: " + rig.loop.chunks.usedBytes());
    }

    private void checkThatTheBrokerHasNothingOfThem() {
        long consumers = rig.broker.queues.values().stream()
                .mapToLong(queue -> queue.consumers.size())
                .sum();
        expect(consumers == 1, "consumers: " + consumers);
        expect(rig.broker.queues.values().stream().allMatch(queue -> queue.owner == null), "an exclusive queue");
        othersChannels().forEach(channel -> expect(channel.isClean(), "a channel with something left on it"));
    }

    private static void expect(boolean holds, Object what) {
        if (!holds) {
            throw new AssertionError("of those who have gone there is left: " + what);
        }
    }

    /** Failures that the proxy contains and reports: exceptions where nobody expects any. */
    private static final class Failures extends AppenderBase<ILoggingEvent> {

        final List<String> seen = new ArrayList<>();
        /** What other threads report is not of this neighbourhood: they may be on their way to their ends. */
        private Thread own = Thread.currentThread();

        static Failures watched() {
            Failures failures = new Failures();
            failures.start();
            ((Logger) LoggerFactory.getLogger("io.amqproxy.impl")).addAppender(failures);
            return failures;
        }

        void begin() {
            seen.clear();
            own = Thread.currentThread();
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (Thread.currentThread() == own && event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                seen.add(event.getFormattedMessage()
                        + (event.getThrowableProxy() == null
                                ? ""
                                : ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(event.getThrowableProxy())));
            }
        }

        void check() {
            if (!seen.isEmpty()) {
                throw new AssertionError("the proxy reports " + seen);
            }
        }
    }
}
