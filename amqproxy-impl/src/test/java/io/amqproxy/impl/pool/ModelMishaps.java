package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.ScriptedBroker.Connection;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What happens around the clients of a {@link PoolModel}. Clients notice nothing of what the operator does, nor of
 * peers that read late; of links that are lost and of time that passes they may.
 */
final class ModelMishaps {

    private static final int HEARTBEAT_SECONDS = 5;
    private static final long LONGEST_WAIT_SECONDS = 15;
    private static final int PLENTY = 100;
    private static final String USER = "guest";
    private static final String VHOST = "/";

    private final Rig rig;
    private final Rig.Options options;
    private final RandomGenerator random;
    private boolean silenced;

    ModelMishaps(Rig rig, Rig.Options options, RandomGenerator random) {
        this.rig = rig;
        this.options = options;
        this.random = random;
        rig.broker.mostChannels = PLENTY;
    }

    /**
     * Whether a connection may have been given up that the broker still reads: what was on the way there can come after
     * what was sent on another one since.
     */
    boolean hasSilencedConnections() {
        return silenced;
    }

    /** Connections may be given up while octets are held up on purpose. */
    void onSilenced() {
        silenced = true;
    }

    /** Heartbeats, without which a silent link is never found out. */
    static void prepare(Rig.Options options) {
        options.heartbeat = Duration.ofSeconds(HEARTBEAT_SECONDS);
        options.credentialTtl = Duration.ofSeconds(20);
    }

    // What nobody may notice.

    void disturbNobody() {
        switch (random.nextInt(6)) {
            case 0 -> rig.registry.pause(random.nextBoolean());
            case 1 -> rig.registry.drain(USER, VHOST);
            case 2 -> {
                options.maxChannelsPerConnection = 1 + random.nextInt(8);
                options.maxIdleChannels = random.nextInt(5);
                rig.takeOver();
            }
            case 3 -> {
                if (random.nextBoolean()) {
                    rig.broker.runLowOnMemory();
                } else {
                    rig.broker.haveMemoryAgain();
                }
            }
            default -> {
                FakeLink link = any(rig.links);
                if (link != null) {
                    if (link.clogged || link.slow) {
                        link.unclog();
                    } else if (random.nextBoolean()) {
                        link.clogged = true;
                    } else {
                        link.slow = true;
                    }
                }
            }
        }
        rig.endTurn();
    }

    // What clients may notice.

    void disturb() {
        Connection connection = any(open());
        int dice = random.nextInt(11);
        if (dice == 10) {
            rig.broker.mostChannels = 1 + random.nextInt(6); // It costs connections until it is known.
        } else if (dice < 4 || connection == null) {
            passTime(random.nextLong(Duration.ofSeconds(LONGEST_WAIT_SECONDS).toNanos()));
        } else if (dice == 4) {
            connection.drop();
        } else if (dice == 5) {
            connection.cut();
        } else if (dice == 6) {
            connection.close(320, "CONNECTION_FORCED - shutdown", 0);
        } else if (dice == 7) {
            connection.mute = true;
            silenced = true;
        } else {
            disturbEndpoint(options.endpoints.get(random.nextInt(options.endpoints.size())));
        }
        rig.endTurn();
    }

    private void disturbEndpoint(String endpoint) {
        boolean isUsableAgain = rig.refusing.remove(endpoint) || rig.mute.remove(endpoint);
        if (!isUsableAgain) {
            (random.nextBoolean() ? rig.refusing : rig.mute).add(endpoint);
        }
    }

    /** Time passes, while the brokers that live say so; whether that arrives is another matter. */
    private void passTime(long nanos) {
        long end = rig.loop.now + nanos;
        long beat = Duration.ofSeconds(HEARTBEAT_SECONDS).toNanos() / 2;
        while (rig.loop.now < end) {
            open().forEach(Connection::beat);
            rig.loop.now = Math.min(end, rig.loop.now + beat);
            rig.loop.timers.fire(rig.loop.now);
            rig.endTurn();
        }
    }

    // The end.

    /** What was held up goes on. */
    void relent() {
        rig.registry.pause(false);
        rig.broker.haveMemoryAgain();
        rig.links.stream().filter(link -> link.clogged || link.slow).forEach(FakeLink::unclog);
        rig.endTurn();
    }

    /** Whether there may be another connection that takes new leases. */
    boolean hasRoom(Pool pool) {
        long serving = pool.all().stream().filter(one -> !one.isRetired()).count();
        return rig.broker.mostChannels == PLENTY
                && !pool.isAtBrokersLimit()
                && serving < options.maxConnections
                && pool.all().size() < Math.min(2 * options.maxConnections, rig.broker.mostConnections);
    }

    /** More connections and channels than anybody can use are allowed. */
    void makeRoom() {
        options.maxConnections = PLENTY;
        options.maxTotalConnections = 0;
        options.maxChannelsPerConnection = PLENTY;
        rig.broker.mostConnections = PLENTY;
        rig.broker.mostChannels = PLENTY;
        rig.takeOver();
    }

    /** The brokers can be reached, and those that live beat until a time has passed. */
    void recover(Duration time) {
        rig.refusing.clear();
        rig.mute.clear();
        for (long second = 0; second < time.toSeconds(); second++) {
            open().forEach(Connection::beat);
            rig.pass(Duration.ofSeconds(1));
        }
    }

    private List<Connection> open() {
        return rig.broker.connections.stream().filter(one -> one.open).toList();
    }

    private <T> @Nullable T any(List<T> some) {
        return some.isEmpty() ? null : some.get(random.nextInt(some.size()));
    }
}
