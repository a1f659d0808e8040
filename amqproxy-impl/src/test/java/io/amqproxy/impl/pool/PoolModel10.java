package io.amqproxy.impl.pool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * One random schedule of clients of AMQP 1.0, the pools, and a broker whose numbers wrap, which its seed replays. The
 * bytes move as chance wants. Nobody hears what another caused, what was accepted is at the broker once and in order,
 * and in the end nothing is left.
 */
final class PoolModel10 {

    private static final int STEPS = 600;

    final Rig10 rig;
    private final Random random;
    private final long seed;
    private final boolean hasMishaps;
    private final List<ModelClient10> clients = new ArrayList<>();
    private final Set<String> accepted = new HashSet<>();
    private final Set<String> consumed = new HashSet<>();
    private int lastName;
    private boolean ended;

    PoolModel10(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
        this.hasMishaps = random.nextInt(3) == 0;
        this.rig = new Rig10(options -> {
            options.maxConnections = 1 + random.nextInt(3);
            options.maxIdleChannels = random.nextInt(8);
            options.acquireTimeout = Duration.ofHours(1);
        });
        rig.broker.credit = 1 + random.nextInt(6);
        rig.broker.leavesSettling = random.nextInt(3) == 0;
        rig.broker.window = 3 + random.nextInt(10);
        rig.broker.channelMax = 7 + random.nextInt(8);
        rig.broker.product = random.nextInt(4) == 0 ? "Qpid" : "scripted";
    }

    void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("seed " + seed + ": " + what);
        }
    }

    /** Whether the broker may have ended something that clients had. */
    boolean mayClose() {
        return hasMishaps;
    }

    void onAccepted(String body) {
        accepted.add(body);
    }

    void onConsumed(String body) {
        consumed.add(body);
    }

    void run() {
        try {
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            end();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("seed " + seed, failure);
        }
        verify();
    }

    private void step() {
        if (clients.size() < 4 && random.nextInt(8) == 0) {
            clients.add(new ModelClient10(this, "c" + ++lastName + "_", random));
        }
        for (ModelClient10 client : List.copyOf(clients)) {
            client.listen();
            for (int i = random.nextInt(3); i > 0; i--) {
                client.act();
            }
            if (random.nextInt(80) == 0) {
                client.leave();
            }
            clients.removeIf(one -> one.over);
        }
        if (random.nextInt(25) == 0) {
            askSomebody();
        }
        if (hasMishaps && random.nextInt(40) == 0) {
            mishap();
        }
        for (int i = random.nextInt(30); i > 0; i--) {
            rig.rig.moveSome(random);
        }
        rig.rig.loop.timers.fire(rig.rig.loop.now);
        rig.rig.endTurn();
    }

    /** The broker wants to know how a link is, or its credit back. */
    private void askSomebody() {
        for (ScriptedBroker10.Connection connection : rig.broker.connections) {
            for (ScriptedBroker10.Session session : connection.sessions.values()) {
                for (ScriptedBroker10.Link link : session.links.values()) {
                    boolean isAsked = link.sends && !link.address.isEmpty() && random.nextInt(4) == 0;
                    if (isAsked && random.nextBoolean()) {
                        session.drain(link);
                    } else if (isAsked) {
                        session.ask(link);
                    }
                }
            }
        }
    }

    private void mishap() {
        for (ScriptedBroker10.Connection connection : rig.broker.connections) {
            for (ScriptedBroker10.Session session : List.copyOf(connection.sessions.values())) {
                if (random.nextInt(3) == 0) {
                    session.end("amqp:internal-error");
                    return;
                }
            }
            if (!connection.ended && random.nextInt(6) == 0) {
                connection.cut();
                return;
            }
        }
    }

    private void end() {
        for (int i = 0; i < 5; i++) {
            rig.rig.pass(Duration.ZERO);
            clients.forEach(ModelClient10::listen);
        }
        clients.forEach(ModelClient10::leave);
        rig.rig.run();
        clients.forEach(ModelClient10::listen);
        rig.rig.pass(Duration.ofSeconds(61));
        rig.rig.pass(Duration.ofSeconds(61));
        ended = true;
    }

    private void verify() {
        check(ended, "it did not end");
        Set<String> taken = new HashSet<>(rig.broker.taken);
        check(taken.size() == rig.broker.taken.size(), "a message came twice");
        check(taken.containsAll(accepted), "what was accepted did not come");
        checkOrder();
        if (!hasMishaps) {
            Set<String> left = new HashSet<>(rig.broker.taken);
            left.removeAll(consumed);
            rig.broker
                    .queues
                    .values()
                    .forEach(queue -> queue.forEach(
                            body -> left.remove(new String(body, java.nio.charset.StandardCharsets.ISO_8859_1))));
            check(left.isEmpty(), "not in its queue: " + left);
        }
        check(rig.rig.registry.stats().stream().allMatch(pool -> pool.channelsLeased() == 0), "a lease is left");
        check(rig.rig.registry.stats().stream().allMatch(pool -> pool.waiting() == 0), "somebody waits");
        check(rig.rig.loop.chunks.usedBytes() == 0, "memory is left: " + rig.rig.loop.chunks.usedBytes());
    }

    /** Messages of one link are numbered as they were sent. */
    private void checkOrder() {
        Map<String, Integer> last = new HashMap<>();
        for (String body : rig.broker.taken) {
            String link = body.substring(0, body.indexOf('-'));
            int number = Integer.parseInt(body.substring(body.indexOf('-') + 1));
            Integer before = last.put(link, number);
            check(before == null || before < number, link + " is out of order");
        }
    }
}
