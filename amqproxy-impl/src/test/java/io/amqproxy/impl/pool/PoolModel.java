package io.amqproxy.impl.pool;

import io.amqproxy.CloseMode;
import io.amqproxy.PoolStats;
import io.amqproxy.impl.wire.AmqpException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** One random schedule: some clients, the pool and the broker, whose bytes move as chance wants. */
final class PoolModel {

    private static final int STEPS = 500;

    private final Random random;
    private final Rig rig;
    private final List<ModelClient> clients = new ArrayList<>();
    private final Set<String> confirmed = new HashSet<>();
    private final Set<String> incomplete = new HashSet<>();
    private final Set<String> mustArrive = new HashSet<>();
    private final boolean rough;
    private boolean disturbed;
    private int lastName;

    PoolModel(long seed) {
        random = new Random(seed);
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1 + random.nextInt(4);
        options.maxChannels = 1 + random.nextInt(8);
        options.maxIdleChannels = random.nextInt(5);
        options.closeMode = random.nextInt(4) == 0 ? CloseMode.FENCED : CloseMode.IMMEDIATE;
        if (random.nextInt(4) == 0) {
            options.policy = new Exclusive();
        }
        rough = random.nextInt(3) == 0;
        if (rough) {
            options.credentialTtl = Duration.ofSeconds(20);
        }
        rig = new Rig(options);
        rig.broker.prompt = false;
        rig.broker.frameMax = random.nextInt(3) == 0 ? 4096 : 128 * 1024;
        ModelClient.QUEUES.forEach(rig.broker::queue);
    }

    // What clients report.

    boolean isDisturbed() {
        return disturbed;
    }

    void confirmed(Collection<String> bodies) {
        confirmed.addAll(bodies);
    }

    void incomplete(String body) {
        incomplete.add(body);
    }

    void left(List<String> published, Set<String> returns) {
        if (!disturbed) {
            mustArrive.addAll(published);
            if (!returns.isEmpty()) {
                throw new AssertionError("close-ok came before the return of " + returns);
            }
        }
    }

    // The schedule.

    void run() throws AmqpException {
        int count = 2 + random.nextInt(4);
        for (int step = 0; step < STEPS; step++) {
            if (clients.size() < count) {
                ModelClient client = new ModelClient(rig, this, "c" + ++lastName, random);
                rig.attach(client);
                client.start();
                clients.add(client);
            }
            step();
            clients.removeIf(ModelClient::isGone);
        }
        end();
        check();
    }

    private void step() throws AmqpException {
        int dice = random.nextInt(100);
        if (dice < 55) {
            rig.moveSome(random);
        } else if (dice < 80) {
            clients.get(random.nextInt(clients.size())).act();
        } else if (dice < 98 || !rough) {
            work();
        } else if (random.nextInt(4) == 0) {
            disturb();
        }
    }

    /** One channel of the broker handles a command or confirms some publishes. */
    private void work() throws AmqpException {
        List<BrokerChannel> busy = busyChannels();
        if (!busy.isEmpty()) {
            BrokerChannel channel = busy.get(random.nextInt(busy.size()));
            if (channel.hasUnconfirmed() && (!channel.hasWork() || random.nextBoolean())) {
                channel.confirmSome(random);
            } else {
                channel.handleNext();
            }
        }
    }

    private List<BrokerChannel> busyChannels() {
        List<BrokerChannel> busy = new ArrayList<>();
        for (ScriptedBroker.Connection connection : rig.broker.connections) {
            for (BrokerChannel channel : connection.channels.values()) {
                if (channel.hasWork() || channel.hasUnconfirmed()) {
                    busy.add(channel);
                }
            }
        }
        return busy;
    }

    /** Time passes, or a connection to the broker is lost. */
    private void disturb() {
        disturbed = true;
        mustArrive.clear();
        List<ScriptedBroker.Connection> open =
                rig.broker.connections.stream().filter(one -> one.open).toList();
        if (random.nextBoolean() || open.isEmpty()) {
            rig.loop.now += random.nextLong(Duration.ofSeconds(15).toNanos());
            rig.loop.timers.fire(rig.loop.now);
            rig.endTurn();
        } else if (random.nextBoolean()) {
            open.get(random.nextInt(open.size())).drop();
        } else {
            open.get(random.nextInt(open.size())).close(320, "CONNECTION_FORCED - shutdown", 0);
        }
    }

    private void end() throws AmqpException {
        for (ModelClient client : clients) {
            if (random.nextBoolean()) {
                client.leaveInOrder();
            } else {
                client.leaveWithoutAWord();
            }
        }
        settle();
        rig.broker.prompt = true;
        // Clients that wait for a lease are closed when their time is over.
        disturbed = true;
        rig.pass(Duration.ofSeconds(40));
        settle();
        clients.forEach(ModelClient::leaveWithoutAWord);
        rig.pass(Duration.ofSeconds(40));
    }

    private void settle() throws AmqpException {
        rig.run();
        for (List<BrokerChannel> busy = busyChannels(); !busy.isEmpty(); busy = busyChannels()) {
            for (BrokerChannel channel : busy) {
                while (channel.hasWork()) {
                    channel.handleNext();
                }
                while (channel.hasUnconfirmed()) {
                    channel.confirmSome(random);
                }
            }
            rig.run();
        }
    }

    // What must hold at the end.

    private void check() {
        Map<String, Integer> last = new HashMap<>();
        Set<String> arrived = new HashSet<>();
        for (String body : rig.broker.bodies()) {
            String[] parts = body.split("/", -1);
            int sequence = Integer.parseInt(parts[1]);
            Integer before = last.put(parts[0], sequence);
            if (!arrived.add(body) || (before != null && before >= sequence)) {
                throw new AssertionError(parts[0] + ": " + sequence + " came after " + before);
            }
        }
        containsAll(arrived, confirmed, "confirmed");
        containsAll(arrived, mustArrive, "published on channels that were closed in order");
        incomplete.retainAll(arrived);
        isEmpty(incomplete, "incomplete messages that arrived");
        for (PoolStats pool : rig.tenants.stats()) {
            if (pool.clients() != 0 || pool.channelsLeased() != 0) {
                throw new AssertionError("after all clients left: " + pool);
            }
        }
        if (rig.loop.chunks.usedBytes() != 0) {
            throw new AssertionError(rig.loop.chunks.usedBytes() + " octets of memory are still held");
        }
        rig.pass(Duration.ofHours(2));
        if (rig.tenants.upstreams() != 0 || rig.broker.openConnections() != 0) {
            throw new AssertionError("idle connections are still open");
        }
    }

    private static void containsAll(Set<String> arrived, Set<String> wanted, String what) {
        Set<String> lacking = new HashSet<>(wanted);
        lacking.removeAll(arrived);
        isEmpty(lacking, what + " but never arrived");
    }

    private static void isEmpty(Set<String> bodies, String what) {
        if (!bodies.isEmpty()) {
            throw new AssertionError(what + ": " + bodies);
        }
    }
}
