package io.amqproxy.impl.faults;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.ProxyProcess;
import io.amqproxy.testkit.RabbitNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Publishers and consumers work through a proxy while one thing after the other breaks: the brokers, the links to them,
 * the links to the clients, the proxy itself. In the end all is whole again, and everybody has to get done.
 *
 * <pre>
 *   publishers, consumers ──▶ link ──▶ proxy, a process ──▶ links ──▶ brokers
 * </pre>
 *
 * <p>The seed decides what breaks, how, and for how long. Threads and processes take their own time, so that a run with
 * the same seed is alike, and not the same.
 */
final class LossRun implements AutoCloseable {

    private static final int QUEUES = 4;
    /** Messages of a connection of those who often open another one. */
    private static final int FEW = 20;

    private static final Duration END_LIMIT = Duration.ofMinutes(3);
    private static final long LONGEST_PAUSE_MILLIS = 1500;

    final Random random;
    final List<RabbitNode> nodes;
    final List<LatencyLink> brokerLinks = new ArrayList<>();
    final ProxyProcess proxy;
    final LatencyLink clientLink;
    private final long seed;
    private final Set<Mishap> possible;
    private final Kind kind;
    private final Map<Mishap, Integer> mishaps = new EnumMap<>(Mishap.class);
    private final List<String> classicQueues = new ArrayList<>();
    private final List<Worker> publishers = new ArrayList<>();
    private final List<Worker> consumers = new ArrayList<>();
    private Ledger ledger = new Ledger();
    private int phases;

    /** By which protocol publishers and consumers work. */
    enum Kind {
        AMQP_0_9_1,
        AMQP_1_0
    }

    /** @param possible what may break */
    LossRun(long seed, List<RabbitNode> nodes, Set<Mishap> possible, Kind kind) {
        this.kind = kind;
        this.seed = seed;
        this.random = new Random(seed);
        this.nodes = nodes;
        this.possible = possible;
        for (RabbitNode node : nodes) {
            brokerLinks.add(LatencyLink.to(node.port(), Duration.ZERO));
        }
        this.proxy =
                ProxyProcess.before(brokerLinks.stream().map(LatencyLink::port).toArray(Integer[]::new));
        this.clientLink = LatencyLink.to(proxy.port(), Duration.ZERO);
    }

    /**
     * Breaks one thing after the other for so long, then lets everybody come to an end. Each call has queues and
     * workers of its own.
     *
     * @return what was not as it should be, in words
     */
    List<String> run(Duration duration) throws Exception {
        begin();
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() - end < 0) {
            Thread.sleep(random.nextLong(LONGEST_PAUSE_MILLIS));
            if (!possible.isEmpty()) {
                Mishap mishap = Mishap.any(random, possible);
                mishaps.merge(mishap, 1, Integer::sum);
                mishap.happen(this);
            }
        }
        return end();
    }

    private void begin() throws Exception {
        phases++;
        ledger = new Ledger();
        publishers.clear();
        consumers.clear();
        classicQueues.clear();
        Login login = Login.guest(clientLink.port());
        for (int i = 0; i < QUEUES; i++) {
            String queue = "numbered-" + phases + '-' + i;
            declare(queue, nodes.size() == 1 && i >= QUEUES / 2);
            publishers.add(publisher(i, login, queue));
            consumers.add(consumer(i, login, queue));
        }
        nodes.forEach(LossRun::saveDeclarations);
        publishers.forEach(Worker::start);
        consumers.forEach(Worker::start);
    }

    private Worker publisher(int i, Login login, String queue) {
        Random own = new Random(random.nextLong());
        if (kind == Kind.AMQP_1_0) {
            return new LinkPublisher(login, queue, ledger, own, i == 0 ? 1 : i == 1 ? FEW : Integer.MAX_VALUE);
        }
        return i == 0 ? new ShortPublisher(login, queue, ledger, own) : new StreamPublisher(login, queue, ledger, own);
    }

    private Worker consumer(int i, Login login, String queue) {
        Random own = new Random(random.nextLong());
        return kind == Kind.AMQP_1_0
                ? new LinkConsumer(login, queue, ledger, own, i % 2 == 0 ? FEW : Integer.MAX_VALUE)
                : new Consumer(login, queue, ledger, own, i % 2 == 0);
    }

    /** Quorum queues, and where there is one broker also classic ones, which may forget what they delivered. */
    private void declare(String queue, boolean classic) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(nodes.get(0).uri());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", classic ? "classic" : "quorum"));
        }
        if (classic) {
            classicQueues.add(queue);
        }
    }

    /**
     * RabbitMQ answers a declaration before it is on disk. Killed a moment later it may have forgotten the queue, or,
     * for half a second, in which directory a quorum queue's log is. Such a queue begins with an empty log and never
     * elects a leader: what was confirmed is lost, nothing is confirmed any more, and channels that use it do not even
     * answer {@code channel.close}. All that happens without a proxy too, and would only hide what a proxy does wrong.
     */
    private static void saveDeclarations(RabbitNode node) {
        node.eval("{ok = mnesia:sync_log(), [ok = dets:sync(Table) || Table <- dets:all()]}");
    }

    private List<String> end() throws InterruptedException {
        List<String> problems = new ArrayList<>();
        publishers.forEach(Worker::finish);
        for (Worker publisher : publishers) {
            if (!publisher.hasEnded(END_LIMIT)) {
                problems.add("the publisher of " + publisher.queue + " does not get its messages confirmed");
            }
        }
        try {
            Await.until("all that was confirmed is consumed", END_LIMIT, ledger::isSettled);
        } catch (AssertionError tooLate) {
            problems.add("not all that was confirmed is consumed");
        }
        problems.addAll(ledger.violations());
        consumers.forEach(Worker::finish);
        for (Worker consumer : consumers) {
            if (!consumer.hasEnded(END_LIMIT)) {
                problems.add("the consumer of " + consumer.queue + " does not get its connection closed");
            }
        }
        try {
            Await.until("nothing is connected", END_LIMIT, () -> {
                ProxyProcess.Count count = proxy.count();
                return count.clients() == 0 && count.leased() == 0 && count.upstreams() == 0;
            });
        } catch (AssertionError tooLate) {
            problems.add("the proxy has something left: " + proxy.count());
        }
        return problems;
    }

    RabbitNode anyNode() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    LatencyLink anyBrokerLink() {
        return brokerLinks.get(random.nextInt(brokerLinks.size()));
    }

    /** Waits up to so long, as the seed says. */
    void takeTime(long millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextLong(millis));
    }

    void brokerDied() {
        classicQueues.forEach(ledger::brokerDied);
    }

    @Override
    public String toString() {
        return "seed %d, %d brokers, %d mishaps %s: %s"
                .formatted(
                        seed,
                        nodes.size(),
                        mishaps.values().stream().mapToInt(Integer::intValue).sum(),
                        mishaps,
                        ledger);
    }

    @Override
    public void close() {
        publishers.forEach(Worker::finish);
        consumers.forEach(Worker::finish);
        clientLink.close();
        proxy.close();
        brokerLinks.forEach(LatencyLink::close);
    }
}
