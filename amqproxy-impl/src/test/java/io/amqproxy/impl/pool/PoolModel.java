package io.amqproxy.impl.pool;

import io.amqproxy.CloseMode;
import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolStats;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One random schedule: some clients, the pool and the broker, whose bytes move as chance wants. */
final class PoolModel {

    private static final int FEWEST_STEPS = 50;
    private static final int MOST_STEPS = 600;
    /** More than have a place where there are next to none. */
    private static final int MANY_CLIENTS = 3;

    // What is kept for a client that reads slowly; most clients are never sent more than the latter.
    private static final int LITTLE = 64 * 1024;
    private static final int MUCH = 1024 * 1024;
    /** What is due is done. */
    private static final Duration NOW = Duration.ofNanos(10);
    /** Who waits for a lease is closed when this is over. */
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(40);

    /** What goes back comes again within a second; where it goes to others, the next part goes back a second later. */
    private static final int SECONDS_TO_CATCH_UP = 3;

    private static final int MOST_SECONDS_TO_CATCH_UP = 60;

    private static final List<String> ENDPOINTS = List.of("a:5672", "b:5672", "c:5672");

    /** In one schedule of so many there is a limit of all connections. */
    private static final int TOTAL = Integer.getInteger("TOTAL", 4);

    private final Random random;
    private final Rig rig;
    private final ModelMishaps mishaps;
    private final ModelHabits habits;
    private final int steps;
    private final List<ModelClient> clients = new ArrayList<>();
    private final Set<String> confirmed = new HashSet<>();
    private final Set<String> incomplete = new HashSet<>();
    private final Set<String> mustArrive = new HashSet<>();
    private final Set<String> mustBeBound = new HashSet<>();
    private final ModelLeases leases = new ModelLeases();
    /** Null where nothing goes wrong on purpose. */
    private final @Nullable ModelFaults faults;

    /** Null where nobody reads slowly but by chance. */
    private final @Nullable ModelReaders readers;

    /** What waits until its client names a vhost, where that decides which broker is asked; null where it does not. */
    private final @Nullable HeldLogins held;

    private final boolean rough;
    private final boolean isExclusive;
    private final boolean isSmall;
    private boolean disturbed;
    private int lastName;

    PoolModel(long seed) {
        this(seed, Wrong.NOTHING);
    }

    /** A schedule with clients that read large messages slowly. */
    static PoolModel ofSlowReaders(long seed) {
        return new PoolModel(seed, Wrong.NOTHING, Kind.SLOW);
    }

    /** A schedule with next to no connections and channels. */
    static PoolModel ofSmallMaxima(long seed) {
        return new PoolModel(seed, Wrong.NOTHING, Kind.SMALL);
    }

    /** What is special about a schedule. */
    private enum Kind {
        PLAIN,
        SLOW,
        SMALL
    }

    /** What goes wrong on purpose. */
    enum Wrong {
        NOTHING,
        /** What is said to clients. */
        WORDS,
        /** That, and what becomes of octets, of clients and to the broker. */
        OCTETS
    }

    /** @param wrong what goes wrong on purpose */
    PoolModel(long seed, Wrong wrong) {
        this(seed, wrong, Kind.PLAIN);
    }

    private PoolModel(long seed, Wrong wrong, Kind kind) {
        boolean readsSlowly = kind == Kind.SLOW;
        boolean isFaulty = wrong != Wrong.NOTHING;
        random = new Random(seed);
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1 + random.nextInt(4);
        options.maxChannelsPerConnection = 1 + random.nextInt(8);
        options.maxIdleChannels = random.nextInt(5);
        options.channelMax = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 200;
        options.listener = leases;
        options.maxClientBacklog = random.nextBoolean() ? LITTLE : MUCH;
        options.closeMode = random.nextInt(4) == 0 ? CloseMode.FENCED : CloseMode.IMMEDIATE;
        if (random.nextInt(4) == 0) {
            options.policy = new ExclusivePolicy();
        }
        options.endpoints = ENDPOINTS.subList(0, 1 + random.nextInt(ENDPOINTS.size()));
        options.choice = random.nextBoolean() ? EndpointChoice.ordered() : EndpointChoice.roundRobin();
        options.seed = seed;
        Random ofTotal = new Random(~seed); // Of its own, so that seeds stand for the schedules that they stood for.
        if (ofTotal.nextInt(TOTAL) == 0) {
            options.maxTotalConnections = 2 + ofTotal.nextInt(4);
        }
        if (options.policy instanceof MultiplexedPolicy && ofTotal.nextInt(4) == 0) {
            options.policy = new SpreadPolicy();
        }
        // Most schedules are short; the square has long ones too.
        double length = random.nextDouble();
        int fewest = isFaulty || readsSlowly ? MOST_STEPS : FEWEST_STEPS; // So that clients get to what goes wrong.
        steps = (int) (fewest + length * length * (MOST_STEPS - FEWEST_STEPS));
        rough = random.nextInt(3) == 0 && !readsSlowly;
        if (rough) {
            ModelMishaps.prepare(options);
        }
        Random ofReaders = new Random(seed);
        if (readsSlowly) {
            ModelReaders.prepare(options, ofReaders);
        }
        isSmall = kind == Kind.SMALL;
        if (isSmall) {
            prepareSmall(options, new Random(-seed));
        }
        isExclusive = options.policy instanceof ExclusivePolicy;
        rig = new Rig(options);
        readers = readsSlowly ? new ModelReaders(rig, ofReaders, new Random(~seed)) : null;
        held = ofTotal.nextInt(4) == 0 ? VhostsDecide.in(rig) : null;
        mishaps = new ModelMishaps(rig, options, random);
        faults = wrong == Wrong.NOTHING ? null : faults(wrong, new Random(seed));
        habits = new ModelHabits(random);
        if (readsSlowly) {
            habits.consumeMuch();
        }
        rig.broker.heartbeat = (int) options.heartbeat.toSeconds();
        rig.broker.prompt = false;
        if (random.nextInt(5) == 0) {
            rig.broker.mostConnections = 1 + random.nextInt(3);
        }
        rig.broker.lateDeliveries = random.nextInt(4);
        rig.broker.frameMax = random.nextInt(3) == 0 ? 4096 : 128 * 1024;
        rig.broker.acceptsUnscripted = true;
        rig.broker.keepsSharedQueues = true;
        ModelClient.QUEUES.forEach(rig.broker::queue);
    }

    private static void prepareSmall(Rig.Options options, Random random) {
        options.maxConnections = 1 + random.nextInt(2);
        options.maxChannelsPerConnection = 1 + random.nextInt(4);
        options.maxTotalConnections = 0;
        options.acquireTimeout = LONG_ENOUGH;
    }

    private ModelFaults faults(Wrong wrong, Random ofFaults) {
        return wrong == Wrong.WORDS
                ? new ModelFaults(rig, ofFaults)
                : ModelFaults.onTheNetwork(rig, ofFaults, rough ? this::onLost : null);
    }

    /** Connections to the broker are lost on purpose, of which some octets may arrive late. */
    private void onLost() {
        onDisturbed();
        mishaps.onSilenced();
    }

    ModelHabits habits() {
        return habits;
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

    /** A channel was closed in order, and its client was told nothing else: so all that was sent is done. */
    void left(List<String> published, Set<String> returns, List<String> bindings) {
        if (!disturbed) {
            mustArrive.addAll(published);
        }
        if (!returns.isEmpty()) {
            throw new AssertionError("close-ok came before the return of " + returns);
        }
        mustBeBound.addAll(bindings);
    }

    /** Whether a message may have this delivery tag after another one. */
    boolean mayFollow(long tag, long last) {
        if (readers != null && tag > last + 1) {
            readers.onGap();
        }
        return readers == null ? tag == last + 1 : tag > last;
    }

    /** A consumer got a message that had not been delivered before. */
    void deliveredFirst(String consumer, String body) {
        if (readers != null) {
            readers.onFirst(consumer, body);
        }
    }

    /** Messages are settled for good by a client that has them. */
    void settled(List<String> bodies) {
        if (readers != null) {
            bodies.forEach(readers::onSettled);
        }
    }

    /** How many messages went back to their queues, as a slow reader had no room for them. */
    long givenBack() {
        return readers == null ? 0 : readers.givenBack();
    }

    /** How many connections were lost while messages were withheld from clients there. */
    int lostInTheMiddle() {
        return readers == null ? 0 : readers.lostInTheMiddle();
    }

    /** How many delivery tags were left out, of messages that went back. */
    int gaps() {
        return readers == null ? 0 : readers.gaps();
    }

    /** The name of an exclusive queue that its client has deleted, or will. */
    String anyReclaimedName() {
        return "reclaimed-c" + (1 + random.nextInt(lastName));
    }

    // The schedule.

    void run() throws AmqpException {
        int count = (isSmall ? MANY_CLIENTS : 1) + random.nextInt(4);
        if (faults != null) {
            faults.begin(faults::begin091);
            faults.begin(faults::begin091);
        }
        for (int step = 0; step < steps; step++) {
            if (clients.size() < count) {
                ModelClient client = new ModelClient(rig, this, "c" + ++lastName, random);
                rig.attach(client);
                client.isTarget = faults != null && faults.target(client.link());
                client.start();
                clients.add(client);
            }
            if (step == 0 && (random.nextBoolean() || faults != null)) {
                rig.run(); // The first client is logged in, and so the others will be soon.
            }
            step();
            clients.removeIf(ModelClient::isGone);
        }
        end();
        check();
    }

    private void step() throws AmqpException {
        if (faults != null && random.nextInt(20) == 0) {
            faults.step(faults::begin091, client -> faults.hit091(client, leases));
        }
        if (readers != null && random.nextInt(3) == 0) {
            readers.step(this::work);
        }
        if (readers != null && readers.isRough() && readers.lose(clients)) {
            onDisturbed();
        }
        int dice = random.nextInt(100);
        if (dice < 50 && readers != null) {
            readers.move();
        } else if (dice < 50) {
            rig.moveSome(random);
        } else if (dice < 80) {
            clients.get(random.nextInt(clients.size())).act();
        } else if (dice < 97) {
            work();
        } else if (dice < 99 || !rough) {
            mishaps.disturbNobody();
        } else {
            disturb();
        }
    }

    /** The broker, which does some work. */
    interface Worker {
        void work() throws AmqpException;
    }

    /** One channel of the broker handles a command or confirms some publishes. */
    private void work() throws AmqpException {
        List<BrokerChannel> busy = busyChannels();
        if (!busy.isEmpty()) {
            BrokerChannel channel = busy.get(random.nextInt(busy.size()));
            if (!channel.confirms.isEmpty() && (!channel.hasWork() || random.nextBoolean())) {
                channel.confirms.confirmSome(random);
            } else {
                channel.handleNext();
            }
        }
    }

    private List<BrokerChannel> busyChannels() {
        List<BrokerChannel> busy = new ArrayList<>();
        for (ScriptedBroker.Connection connection : rig.broker.connections) {
            for (BrokerChannel channel : connection.allChannels()) {
                if (channel.hasWork() || !channel.confirms.isEmpty()) {
                    busy.add(channel);
                }
            }
        }
        return busy;
    }

    private void disturb() {
        onDisturbed();
        if (faults != null) {
            mishaps.onSilenced();
        }
        mishaps.disturb();
    }

    private void onDisturbed() {
        disturbed = true;
        mustArrive.clear();
    }

    private void end() throws AmqpException {
        mishaps.relent();
        if (faults != null) {
            faults.end();
        }
        settle();
        if (faults != null) {
            faults.checkNothingIsHeld();
        }
        if (!disturbed) {
            ModelWaits.check(rig, !isExclusive);
            checkNobodyWaits();
        }
        if (readers != null) {
            int most = MOST_SECONDS_TO_CATCH_UP;
            for (int i = 0; i < SECONDS_TO_CATCH_UP || (i < most && !readers.haveAll(clients)); i++) {
                rig.pass(Duration.ofSeconds(1));
                settle();
            }
            readers.checkAllCame(clients);
        }
        rig.broker.prompt = true;
        if (rough || (readers != null && readers.isRough())) {
            disturbed = true;
            mishaps.recover(LONG_ENOUGH);
            checkNobodyWaits();
        }
        for (ModelClient client : clients) {
            if (random.nextBoolean()) {
                client.leaveInOrder();
            } else {
                client.leaveWithoutAWord();
            }
        }
        settle();
        for (ModelClient client : clients) {
            if (!client.isGone()) {
                throw new AssertionError(client.name + " left, and is still there: " + client.link());
            }
        }
        disturbed = true;
        mishaps.recover(LONG_ENOUGH);
    }

    /** Where there is room for another connection nobody waits; where there is not, as soon as there is. */
    private void checkNobodyWaits() throws AmqpException {
        if (rig.registry.pools().stream().allMatch(mishaps::hasRoom)) {
            refuseWaiting();
        }
        mishaps.makeRoom();
        settle();
        refuseWaiting();
    }

    private void refuseWaiting() {
        for (ModelClient client : clients) {
            String what = client.waitsFor();
            if (what != null) {
                throw new AssertionError(client.name + " waits for " + what + ": " + rig.registry.stats());
            }
        }
    }

    private void settle() throws AmqpException {
        rig.pass(NOW);
        for (List<BrokerChannel> busy = busyChannels(); !busy.isEmpty(); busy = busyChannels()) {
            for (BrokerChannel channel : busy) {
                while (channel.hasWork()) {
                    channel.handleNext();
                }
                while (!channel.confirms.isEmpty()) {
                    channel.confirms.confirmSome(random);
                }
            }
            rig.pass(NOW);
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
            boolean isLate = before != null && before >= sequence && !mishaps.hasSilencedConnections();
            if (!arrived.add(body) || isLate) {
                throw new AssertionError(parts[0] + ": " + sequence + " came after " + before);
            }
        }
        if (readers != null) {
            readers.check();
        }
        containsAll(arrived, confirmed, "confirmed");
        containsAll(arrived, mustArrive, "published on channels that were closed in order");
        containsAll(rig.broker.bound, mustBeBound, "bound on channels that were closed in order");
        leases.check();
        incomplete.retainAll(arrived);
        isEmpty(incomplete, "incomplete messages that arrived");
        for (PoolStats pool : rig.registry.stats()) {
            if (pool.clients() != 0 || pool.channelsLeased() != 0) {
                throw new AssertionError("after all clients left: " + pool);
            }
        }
        if (rig.loop.chunks.usedBytes() != 0) {
            throw new AssertionError(rig.loop.chunks.usedBytes() + " octets of memory are still held");
        }
        if (held != null && held.count() != 0) {
            throw new AssertionError(held.count() + " log-ins are still held");
        }
        rig.pass(Duration.ofHours(2));
        if (rig.registry.upstreams() != 0 || rig.broker.openConnections() != 0) {
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
