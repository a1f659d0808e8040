package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.PoolModel.Wrong;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One random schedule of clients of AMQP 1.0, the pools, and a broker whose numbers wrap, which its seed replays. The
 * bytes move as chance wants. Nobody hears what another caused, what was accepted is at the broker once and in order,
 * and in the end nothing is left.
 */
final class PoolModel10 {

    private static final int STEPS = 600;
    private static final int PLENTY = 1000;
    /** More deliveries than may be unsettled. */
    private static final int MANY = 1_100_000;

    final Rig10 rig;
    private Rig.Options options = new Rig.Options();
    /** Null where maxima are not next to nothing. */
    private final @Nullable Random ofSmall;

    private final Random random;
    private final long seed;
    private final boolean hasMishaps;
    /** Whether the broker's numbers of deliveries jump, as if many had come and been settled meanwhile. */
    private final boolean leavesOut;

    private final ModelLeases leases = new ModelLeases();
    private final List<ModelClient10> clients = new ArrayList<>();
    private final Set<String> accepted = new HashSet<>();
    private final Set<String> consumed = new HashSet<>();
    /** Null where nothing goes wrong on purpose. */
    private final @Nullable ModelFaults faults;

    /** What waits until its client names a hostname, where that decides which broker is asked, or null. */
    private final @Nullable HeldLogins held;

    private int lastName;
    private boolean ended;

    PoolModel10(long seed) {
        this(seed, Wrong.NOTHING);
    }

    /** A schedule with next to no connections and sessions, and with clients that need some of their own. */
    static PoolModel10 ofSmallMaxima(long seed) {
        return new PoolModel10(seed, Wrong.NOTHING, new Random(-seed));
    }

    /** @param wrong what goes wrong on purpose */
    PoolModel10(long seed, Wrong wrong) {
        this(seed, wrong, null);
    }

    /** @param ofSmall by which maxima are next to nothing; null where they are not */
    private PoolModel10(long seed, Wrong wrong, @Nullable Random ofSmall) {
        this.ofSmall = ofSmall;
        this.seed = seed;
        this.random = new Random(seed);
        this.hasMishaps = random.nextInt(3) == 0;
        this.leavesOut = random.nextInt(4) == 0;
        this.rig = new Rig10(options -> {
            options.maxConnections = 1 + random.nextInt(3);
            options.maxTotalConnections = new Random(~seed).nextInt(4) == 0 ? 2 + (int) (seed % 4) : 0;
            options.maxIdleChannels = random.nextInt(8);
            options.acquireTimeout = Duration.ofHours(1);
            options.listener = leases;
            if (ofSmall != null) {
                options.maxConnections = 1 + ofSmall.nextInt(2);
                options.maxChannelsPerConnection = 1 + ofSmall.nextInt(4);
                options.maxTotalConnections = 0;
            }
            this.options = options;
        });
        // Of its own, so that seeds stand for the schedules that they stood for.
        held = new Random(seed + 1).nextInt(4) == 0 ? VhostsDecide.in(rig.rig) : null;
        faults = switch (wrong) {
            case NOTHING -> null;
            case WORDS -> new ModelFaults(rig.rig, new Random(seed));
            case OCTETS -> ModelFaults.onTheNetwork(rig.rig, new Random(seed), hasMishaps ? () -> {} : null);
        };
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

    /** Whether a delivery may have this number where that one is the next. */
    boolean isNext(int number, int next) {
        return leavesOut ? number - next >= 0 : number == next;
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

    /** How many sessions and links have ended at the broker on purpose. */
    int endedAtBroker() {
        return faults == null ? 0 : faults.endedAtBroker();
    }

    private void step() {
        if (clients.size() < 4 && random.nextInt(8) == 0) {
            clients.add(new ModelClient10(this, "c" + ++lastName + "_", random, faults));
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
        if (faults != null && random.nextInt(10) == 0) {
            faults.step(faults::begin10, client -> faults.hit10(client, leases));
        }
        if (random.nextInt(25) == 0) {
            askSomebody();
        }
        if (hasMishaps && random.nextInt(40) == 0) {
            mishap();
        }
        if (hasMishaps && random.nextInt(10) == 0) {
            cutUnused();
        }
        if (leavesOut && random.nextInt(20) == 0) {
            rig.broker.connections.forEach(
                    connection -> connection.sessions.values().forEach(session -> session.nextDeliveryId += MANY));
        }
        for (int i = random.nextInt(30); i > 0; i--) {
            rig.rig.moveSome(random);
        }
        rig.rig.loop.timers.fire(rig.rig.loop.now);
        rig.rig.endTurn();
    }

    /** The broker wants to know how a link is, or its credit back. */
    private void askSomebody() {
        for (BrokerConnection10 connection : rig.broker.connections) {
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

    /** A connection that is lost while nobody has a link there: its sessions go on elsewhere. */
    private void cutUnused() {
        for (BrokerConnection10 connection : rig.broker.connections) {
            boolean isUnused = connection.sessions.values().stream().allMatch(session -> session.links.isEmpty());
            if (!connection.ended && isUnused && !connection.sessions.isEmpty()) {
                connection.cut();
                return;
            }
        }
    }

    private void mishap() {
        for (BrokerConnection10 connection : rig.broker.connections) {
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
        if (faults != null) {
            faults.end();
        }
        for (int i = 0; i < 5; i++) {
            rig.rig.pass(Duration.ZERO);
            clients.forEach(ModelClient10::listen);
        }
        if (!hasMishaps) {
            ModelWaits.check(rig.rig, true);
        }
        makeRoom();
        if (!hasMishaps) {
            probe();
        }
        clients.forEach(ModelClient10::leave);
        rig.rig.run();
        clients.forEach(ModelClient10::listen);
        rig.rig.pass(Duration.ofSeconds(61));
        rig.rig.pass(Duration.ofSeconds(61));
        ended = true;
    }

    /** More connections and sessions than anybody can use are allowed. */
    private void makeRoom() {
        if (ofSmall != null) {
            options.maxConnections = PLENTY;
            options.maxChannelsPerConnection = PLENTY;
            rig.rig.takeOver();
            rig.rig.pass(Duration.ZERO);
            clients.forEach(ModelClient10::listen);
        }
    }

    /**
     * What a link that receives is for, beside its address: the durability of its source, and whether it is dynamic.
     */
    Receives receives() {
        if (ofSmall == null) {
            return Receives.PLAINLY;
        }
        return switch (ofSmall.nextInt(4)) {
            case 0 -> Receives.DURABLY;
            case 1 -> Receives.FROM_A_NEW_NODE;
            default -> Receives.PLAINLY;
        };
    }

    /** For what a client receives. */
    enum Receives {
        PLAINLY,
        DURABLY,
        FROM_A_NEW_NODE
    }

    /** Each session gets a message on a new link, whatever was left unsettled there. */
    private void probe() {
        clients.forEach(ModelClient10::attachProbes);
        rig.rig.pass(Duration.ZERO);
        clients.forEach(ModelClient10::listen);
        for (int i = 0; i < 20; i++) {
            rig.broker.queue("probe").add(new byte[] {'p'});
        }
        clients.forEach(ModelClient10::askOnProbes);
        rig.rig.pass(Duration.ZERO);
        clients.forEach(ModelClient10::listen);
        clients.forEach(ModelClient10::checkProbes);
    }

    private void verify() {
        check(ended, "it did not end");
        Set<String> taken = new HashSet<>(rig.broker.taken);
        check(taken.size() == rig.broker.taken.size(), "a message came twice");
        check(taken.containsAll(accepted), "what was accepted did not come");
        check(consumed.containsAll(rig.broker.accepted), "a message was accepted that its client did not accept");
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
        check(held == null || held.count() == 0, "a log-in is still held");
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
