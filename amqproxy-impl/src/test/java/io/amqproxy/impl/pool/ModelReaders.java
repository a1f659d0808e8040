package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.BrokerQueue.Message;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * Clients of a {@link PoolModel} that read large messages slowly beside others, so that what comes for them is withheld
 * and goes back; and what becomes of the messages. None is acknowledged that its client did not have, none is lost, and
 * those that come for the first time keep their order.
 */
final class ModelReaders {

    private static final int MOST_OCTETS = 400_000;
    /** What a slow client reads at once, at the most. */
    private static final int LITTLE = 100_000;

    private static final long MOST_NANOS = Duration.ofMillis(400).toNanos();
    /** Nobody is closed for what others have waited. */
    private static final long LONGEST_SCHEDULE = Duration.ofSeconds(6).toNanos();

    /** Of what is published elsewhere: octets, and messages at once and in all. */
    private static final int LARGE = 200_000;

    private static final int MOST_AT_ONCE = 12;
    private static final int MOST_ELSEWHERE = 100;
    private static final int HEADER = 14;

    private static final int WORK_IN_A_STEP = 5;

    /** In one step of so many a connection is lost, where any are. */
    private static final int STEPS_TO_A_LOSS = 100;

    private final Rig rig;
    private final Random random;
    private final Random ofLosses;

    private final boolean rough;
    private int lostInTheMiddle;
    private long passed;
    private int gaps;
    private int elsewhere;
    /** What each consumer got that had not been delivered before. */
    private final Map<String, List<String>> first = new HashMap<>();
    /** What clients have settled for good. */
    private final Set<String> settled = new HashSet<>();

    /**
     * @param random of its own
     * @param ofLosses of its own, too
     */
    ModelReaders(Rig rig, Random random, Random ofLosses) {
        this.rig = rig;
        this.random = random;
        this.ofLosses = ofLosses;
        this.rough = ofLosses.nextInt(3) == 0;
    }

    static void prepare(Rig.Options options, Random random) {
        options.policy = new MultiplexedPolicy();
        options.maxConnections = random.nextInt(4) == 0 ? 2 : 1;
        options.maxChannelsPerConnection = 100;
        options.channelMax = 200;
        options.maxTotalConnections = 0;
        options.acquireTimeout = Duration.ofSeconds(30);
    }

    /** One of the things that make a client slow, or let it go on. */
    void step(PoolModel.Worker broker) throws AmqpException {
        switch (random.nextInt(6)) {
            case 0 -> passTime();
            case 1 -> changeReader();
            case 2 -> publishElsewhere();
            default -> {
                List.copyOf(rig.links).forEach(this::moveMuch);
                for (int i = 0; i < WORK_IN_A_STEP; i++) {
                    broker.work();
                }
            }
        }
        rig.endTurn();
    }

    /** Some octets of one link go on, more than are in a message now and then. */
    void move() {
        if (!rig.setUpConnections() && !rig.links.isEmpty()) {
            moveMuch(rig.links.get(random.nextInt(rig.links.size())));
            rig.links.removeIf(FakeLink::isOver);
        }
    }

    /** Whether connections are lost. */
    boolean isRough() {
        return rough;
    }

    /** Now and then a connection is lost, of a client or to the broker. Returns whether one was. */
    boolean lose(List<ModelClient> clients) {
        List<ScriptedBroker.Connection> open =
                rig.broker.connections.stream().filter(one -> one.open).toList();
        if (open.isEmpty() || ofLosses.nextInt(STEPS_TO_A_LOSS) > 0) {
            return false;
        }
        ScriptedBroker.Connection connection = open.get(ofLosses.nextInt(open.size()));
        lostInTheMiddle += owed().size() > had(clients).size() ? 1 : 0;
        switch (ofLosses.nextInt(4)) {
            case 0 -> connection.drop();
            case 1 -> connection.cut();
            case 2 -> connection.close(320, "CONNECTION_FORCED - shutdown", 0);
            default -> clients.get(ofLosses.nextInt(clients.size())).cut();
        }
        rig.endTurn();
        return true;
    }

    /** How often one was lost while there was something that the broker had sent and its client had not got. */
    int lostInTheMiddle() {
        return lostInTheMiddle;
    }

    private void passTime() {
        long nanos = random.nextLong(MOST_NANOS);
        if (passed + nanos < LONGEST_SCHEDULE) {
            passed += nanos;
            rig.loop.now += nanos;
            rig.loop.timers.fire(rig.loop.now);
        }
    }

    private void changeReader() {
        List<FakeLink> clients = rig.links.stream()
                .filter(link -> link.session() instanceof InboundSession)
                .toList();
        if (!clients.isEmpty()) {
            FakeLink link = clients.get(random.nextInt(clients.size()));
            if (random.nextInt(4) == 0) {
                link.unclog();
            } else {
                link.clogged = random.nextBoolean();
                link.slow = true;
            }
        }
    }

    /** Somebody who does not come through the proxy publishes some large messages. */
    private void publishElsewhere() {
        String queue = ModelClient.QUEUES.get(random.nextInt(ModelClient.QUEUES.size()));
        for (int count = random.nextInt(MOST_AT_ONCE); count > 0 && elsewhere < MOST_ELSEWHERE; count--) {
            String text = "elsewhere/" + ++elsewhere + '/' + "x".repeat(random.nextInt(LARGE)) + '@' + queue;
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            byte[] header = ByteBuffer.allocate(HEADER)
                    .putShort((short) 60)
                    .putLong(4, body.length)
                    .array();
            rig.broker.publish(new Message("", queue, header, body));
        }
    }

    private void moveMuch(FakeLink link) {
        if (link.canMoveToPeer()) {
            link.moveToPeer(1 + random.nextInt(link.slow ? LITTLE : MOST_OCTETS));
        }
        if (link.canMoveToSession()) {
            link.moveToSession(1 + random.nextInt(MOST_OCTETS));
        }
        rig.endTurn();
    }

    // What clients tell.

    void onGap() {
        gaps++;
    }

    void onFirst(String consumer, String body) {
        first.computeIfAbsent(consumer, tag -> new ArrayList<>()).add(name(body));
    }

    void onSettled(String body) {
        settled.add(name(body));
    }

    /** Who published it, and the how many-th it was. */
    private static String name(String body) {
        return body.substring(0, body.indexOf('/', body.indexOf('/') + 1));
    }

    // What must hold.

    boolean haveAll(List<ModelClient> clients) {
        return had(clients).equals(owed());
    }

    /** When all has come to rest what the broker waits for is what clients have. */
    void checkAllCame(List<ModelClient> clients) {
        List<String> had = had(clients);
        List<String> owed = owed();
        if (!had.equals(owed)) {
            throw new AssertionError("clients have " + had + ", and the broker has sent " + owed);
        }
    }

    private static List<String> had(List<ModelClient> clients) {
        return clients.stream()
                .flatMap(client -> client.unsettled().stream())
                .map(ModelReaders::name)
                .sorted()
                .toList();
    }

    private List<String> owed() {
        return rig.broker.allChannels().stream()
                .flatMap(channel -> channel.deliveries.unsettled().stream())
                .map(ModelReaders::name)
                .sorted()
                .toList();
    }

    void check() {
        Map<String, Integer> places = new HashMap<>();
        for (Message message : rig.broker.published) {
            places.put(name(message.text()), places.size());
        }
        first.forEach((consumer, bodies) -> checkOrder(consumer, bodies, places));
        for (Message message : rig.broker.settled) {
            if (!settled.contains(name(message.text()))) {
                throw new AssertionError(name(message.text()) + " is settled, but by nobody who had it");
            }
        }
    }

    private static void checkOrder(String consumer, List<String> bodies, Map<String, Integer> places) {
        for (int i = 1; i < bodies.size(); i++) {
            int place = Objects.requireNonNull(places.get(bodies.get(i)));
            if (place < Objects.requireNonNull(places.get(bodies.get(i - 1)))) {
                throw new AssertionError(consumer + " got " + bodies.get(i) + " after " + bodies.get(i - 1));
            }
        }
    }

    /** How many messages went back, as no client of a model rejects any. */
    long givenBack() {
        return rig.broker.connections.stream()
                .flatMap(connection -> connection.heard.stream())
                .filter(frame -> frame.is(Method.BASIC_REJECT))
                .count();
    }

    /** How often a client heard a delivery tag that was not the next one. */
    int gaps() {
        return gaps;
    }
}
