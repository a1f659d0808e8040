package io.amqproxy.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.LatencyLink;
import io.amqproxy.testkit.TlsClients;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows what short-lived clients gain: publishes messages, each over a connection of its own, to a broker behind a slow
 * link; first directly, then through the proxy.
 *
 * <pre>
 *   client ------------&gt; link (slow) ---&gt; broker
 *   client --&gt; proxy --&gt; link (slow) ---&gt; broker
 * </pre>
 *
 * <p>In the ways called TLS, all connections speak TLS, with certificates that are made for the occasion.
 *
 * <p>Broker, link, proxy and clients all run in this JVM. Ends with status 0 only if the broker counted every message.
 */
public final class Demonstration {

    private static final byte[] BODY = "hello".getBytes(UTF_8);
    private static final int LINE_WIDTH = 80;
    private static final Duration COUNT_LIMIT = Duration.ofSeconds(10);

    /**
     * How much to do.
     *
     * @param roundTrip of the simulated link
     * @param direct messages of each measurement without the proxy
     * @param plain messages through the proxy, without confirms
     * @param confirmed messages through the proxy, with confirms
     */
    record Plan(Duration roundTrip, int direct, int plain, int confirmed) {}

    /** A line of the table: what one way took, and what the broker saw of it. */
    record Result(String way, List<Long> nanos, long connections, long counted) {
        boolean isComplete() {
            return counted == nanos.size();
        }

        double medianMillis() {
            List<Long> sorted = nanos.stream().sorted().toList();
            int upper = sorted.size() / 2;
            int lower = (sorted.size() - 1) / 2;
            return (sorted.get(lower) + sorted.get(upper)) / 2.0 / 1e6;
        }
    }

    private static final int AT_ONCE = 100;

    private final Plan plan;
    private final EmbeddedBroker broker;
    private final PrintStream log;
    private final ConnectionFactory administrator = new ConnectionFactory();
    private final ConnectionFactory clients = new ConnectionFactory();

    private Demonstration(Plan plan, EmbeddedBroker broker, ExecutorService executor, PrintStream log) {
        this.plan = plan;
        this.broker = broker;
        this.log = log;
        administrator.setSharedExecutor(executor);
        // A client that lives for one message needs no thread pool, no recovery and no heartbeats.
        clients.setSharedExecutor(executor);
        clients.setAutomaticRecoveryEnabled(false);
        clients.setRequestedHeartbeat(0);
    }

    /** Takes no arguments. */
    public static void main(String[] args) throws Exception {
        List<Result> results = run(new Plan(Duration.ofMillis(50), 20, 500, 200), System.err);
        print(results, System.out);
        System.exit(results.stream().allMatch(Result::isComplete) ? 0 : 1);
    }

    /**
     * Does all of it.
     *
     * @param log where progress is shown
     */
    static List<Result> run(Plan plan, PrintStream log) throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        log.printf("Starting a broker behind a link of %d ms round trip%n", plan.roundTrip.toMillis());
        try (Certificates certificates = new Certificates();
                EmbeddedBroker broker = EmbeddedBroker.builder()
                        .tls(certificates.keyStore, Certificates.PASSWORD)
                        .start();
                LatencyLink link = LatencyLink.to(broker.port(), plan.roundTrip);
                LatencyLink tlsLink = LatencyLink.to(broker.tlsPort(), plan.roundTrip)) {
            Demonstration demonstration = new Demonstration(plan, broker, executor, log);
            List<Result> results = demonstration.measure(link.port());
            results.addAll(demonstration.measureTls(tlsLink.port(), certificates));
            return results;
        } finally {
            executor.shutdown();
        }
    }

    /** A certificate for 127.0.0.1, which the broker and the proxy share, and its authority. */
    private static final class Certificates implements AutoCloseable {
        static final String PASSWORD = "demonstration";

        private final Path directory = Files.createTempDirectory("amqproxy-demonstration-");
        final Authority authority = Authority.named("Demonstration");
        final Path trusted = authority.writeCertificate(directory.resolve("authority.pem"));
        final Path keyStore = authority
                .issueFor("RSA", "127.0.0.1", "127.0.0.1")
                .writeKeyStore(directory.resolve("own.p12"), PASSWORD);

        Certificates() throws IOException {}

        @Override
        public void close() throws IOException {
            Files.delete(trusted);
            Files.delete(keyStore);
            Files.delete(directory);
        }
    }

    private List<Result> measureTls(int linkPort, Certificates certificates) throws Exception {
        List<Result> results = new ArrayList<>();
        clients.useSslProtocol(TlsClients.context(certificates.authority, null));
        clients.enableHostnameVerification();
        clients.setHost("127.0.0.1");
        results.add(publish("direct, TLS", linkPort, plan.direct, false));
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqps://127.0.0.1:" + linkPort)
                .upstreamTls(tls -> tls.trust(certificates.trusted))
                .listenTls(
                        "127.0.0.1", 0, tls -> tls.keyStore(certificates.keyStore, Certificates.PASSWORD.toCharArray()))
                .start()) {
            int port = proxy.address().getPort();
            publish("warm-up, TLS", port, 1, false);
            results.add(publish("proxy, TLS", port, plan.plain, false));
        }
        return results;
    }

    private List<Result> measure(int linkPort) throws Exception {
        List<Result> results = new ArrayList<>();
        results.add(publish("direct", linkPort, plan.direct, false));
        results.add(publish("direct, confirmed", linkPort, plan.direct, true));
        long connectionsBefore = broker.connectionsOpened();
        try (AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + linkPort)
                .listen(0)
                .start()) {
            int port = proxy.address().getPort();
            publish("warm-up", port, 1, false);
            log.printf(
                    "The warm-up, 1 message through the proxy, is not measured; connections opened at the broker: %d%n",
                    broker.connectionsOpened() - connectionsBefore - 1); // Less the one that declared the queue.
            results.add(publish("proxy", port, plan.plain, false));
            results.add(publish("proxy, confirmed", port, plan.confirmed, true));
            results.add(publishOnColdChannels("proxy, cold", port, plan.direct));
            results.add(publishAtOnce("proxy, 100 at once", port, AT_ONCE));
        }
        return results;
    }

    /** Publishes to a queue that has the name of the way, so that the broker counts each way apart. */
    private Result publish(String way, int port, int messages, boolean confirmed) throws Exception {
        declareQueue(way);
        long connectionsBefore = broker.connectionsOpened();
        List<Long> nanos = new ArrayList<>();
        try (ProgressBar progress = progress(way, messages)) {
            for (int i = 0; i < messages; i++) {
                long start = System.nanoTime();
                publishOne(way, port, confirmed);
                nanos.add(System.nanoTime() - start);
                progress.step();
            }
        }
        return new Result(way, nanos, broker.connectionsOpened() - connectionsBefore, counted(way, messages));
    }

    /**
     * Each client stays until the last has published, so that each needs a channel that is not open at the broker yet.
     */
    private Result publishOnColdChannels(String way, int port, int messages) throws Exception {
        declareQueue(way);
        long connectionsBefore = broker.connectionsOpened();
        List<Long> nanos = new ArrayList<>();
        List<Connection> staying = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            long start = System.nanoTime();
            Connection connection = connect(port);
            staying.add(connection);
            connection.createChannel().basicPublish("", way, null, BODY);
            nanos.add(System.nanoTime() - start);
        }
        for (Connection connection : staying) {
            connection.close();
        }
        return new Result(way, nanos, broker.connectionsOpened() - connectionsBefore, counted(way, messages));
    }

    /** Confirmed messages of clients that all come at the same time; they share the machine with everything else. */
    private Result publishAtOnce(String way, int port, int messages) throws Exception {
        declareQueue(way);
        clients.setPort(port);
        long connectionsBefore = broker.connectionsOpened();
        ExecutorService threads = Executors.newFixedThreadPool(messages);
        List<Future<Long>> running = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            running.add(threads.submit(() -> {
                long start = System.nanoTime();
                publishOne(way, port, true);
                return System.nanoTime() - start;
            }));
        }
        List<Long> nanos = new ArrayList<>();
        for (Future<Long> one : running) {
            nanos.add(one.get());
        }
        threads.shutdown();
        return new Result(way, nanos, broker.connectionsOpened() - connectionsBefore, counted(way, messages));
    }

    private void publishOne(String queue, int port, boolean confirmed) throws Exception {
        try (Connection connection = connect(port);
                Channel channel = connection.createChannel()) {
            if (confirmed) {
                channel.confirmSelect();
            }
            channel.basicPublish("", queue, null, BODY);
            if (confirmed) {
                channel.waitForConfirmsOrDie();
            }
        }
    }

    private void declareQueue(String name) throws Exception {
        administrator.setPort(broker.port());
        try (Connection connection = administrator.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(name, false, false, false, null);
        }
    }

    private Connection connect(int port) throws Exception {
        clients.setPort(port);
        return clients.newConnection();
    }

    /** What the broker counted; messages may still be on their way, as nobody has waited for them. */
    private long counted(String queue, int expected) {
        try {
            Await.until("all messages counted", COUNT_LIMIT, () -> broker.messagesIn(queue) >= expected);
        } catch (AssertionError e) {
            log.println(queue + ": " + e.getMessage());
        }
        return broker.messagesIn(queue);
    }

    /** A bar where there is a terminal that can redraw a line; elsewhere one line of text. */
    private ProgressBar progress(String way, int messages) {
        boolean terminal = !List.of("", "dumb").contains(Objects.requireNonNullElse(System.getenv("TERM"), ""));
        if (!terminal) {
            log.printf("Publishing %d message(s): %s%n", messages, way);
        }
        PrintStream out = terminal ? log : new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
        return new ProgressBarBuilder()
                .setTaskName(way)
                .setInitialMax(messages)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(out, LINE_WIDTH))
                .build();
    }

    private static void print(List<Result> results, PrintStream out) {
        out.printf(
                "%n%-18s | %8s | %16s | %18s | %7s%n",
                "way", "messages", "median, ms", "connections opened", "counted");
        for (Result result : results) {
            out.printf(
                    Locale.ROOT,
                    "%-18s | %8d | %16.2f | %18d | %7d%n",
                    result.way,
                    result.nanos.size(),
                    result.medianMillis(),
                    result.connections,
                    result.counted);
        }
    }
}
