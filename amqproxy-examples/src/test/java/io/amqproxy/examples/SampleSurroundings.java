package io.amqproxy.examples;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import io.amqproxy.AmqProxy;
import io.amqproxy.LeaseRequest;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamLogin;
import io.amqproxy.testkit.Authority;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.TlsClients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the samples of the documents find around them, as fields and methods. */
public abstract class SampleSurroundings {

    private static final String PASSWORD = "secret";
    private static final Authority AUTHORITY = Authority.named("samples");
    private static final Authority.Issued SERVER = AUTHORITY.issue("127.0.0.1", "127.0.0.1");
    private static final Authority.Issued CLIENT = AUTHORITY.issue("billing");

    private final EmbeddedBroker broker;
    private final Path directory;

    /** The application's connections, to be directed to the proxy. */
    public final ConnectionFactory connectionFactory = JavaClients.factory();

    /** A builder that the sample adds something to. */
    public final AmqProxy.Builder builder = AmqProxy.builder();

    /** A proxy that runs. */
    public final AmqProxy proxy;

    /** The code under test. */
    public final Orders orders = new Orders();

    /** More code under test. */
    public final Warehouse warehouse = new Warehouse();

    /** Where a test's broker is. */
    public final int brokerPort;

    /** A policy of the application. */
    public final PoolPolicy policy = SampleSurroundings::first;

    /** The broker's password of user billing. */
    public final String password = PASSWORD;

    /** Where the application gets tokens. */
    public final Identities identities = new Identities();

    private boolean hasTalked;

    /**
     * Makes them.
     *
     * @param broker has guest and billing
     * @param directory for files
     */
    protected SampleSurroundings(EmbeddedBroker broker, Path directory) {
        this.broker = broker;
        this.directory = directory;
        this.brokerPort = broker.port();
        this.proxy = AmqProxy.builder().upstream(plain()).listen(0).start();
        connectionFactory.setHost("127.0.0.1");
    }

    /** A broker with all that samples need. */
    static EmbeddedBroker startBroker(Path directory) {
        Path store = SERVER.writeKeyStore(directory.resolve("broker.p12"), PASSWORD);
        return EmbeddedBroker.builder()
                .user("guest", "guest")
                .user("billing", PASSWORD)
                .tls(store, PASSWORD)
                .start();
    }

    private static Placement first(LeaseRequest request, PoolView pool) {
        return pool.upstreams().stream()
                .filter(upstream -> upstream.free() > 0)
                .findFirst()
                .map(Placement::on)
                .orElseGet(() -> Placement.open(""));
    }

    /** Code that publishes, and does so again where no confirm comes. */
    public final class Orders {

        private static final int ATTEMPTS = 5;
        private static final long PATIENCE_MILLIS = 2_000;

        /** Publishes an order. */
        public void place(String order) throws Exception {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            int attempts = 0;
            while (!isConfirmed(factory, order)) {
                if (++attempts == ATTEMPTS) {
                    throw new IllegalStateException("no confirm came");
                }
            }
            hasTalked = true;
        }

        /** Connects, as often as it takes. */
        public void connect() throws Exception {
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            for (int attempts = 1; !hasTalked; attempts++) {
                try (Connection connection = factory.newConnection()) {
                    hasTalked = connection.isOpen();
                } catch (IOException reset) {
                    if (attempts == ATTEMPTS) {
                        throw reset;
                    }
                }
            }
        }

        private static boolean isConfirmed(ConnectionFactory factory, String order) throws Exception {
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                channel.queueDeclare("orders", false, false, false, null);
                channel.confirmSelect();
                channel.basicPublish("", "orders", null, order.getBytes(StandardCharsets.UTF_8));
                return channel.waitForConfirms(PATIENCE_MILLIS);
            } catch (TimeoutException lost) {
                return false;
            }
        }
    }

    /** Code that consumes. */
    public final class Warehouse {

        /** Waits until an order has come for the second time; each is acknowledged. */
        public void awaitOrder(String order) throws Exception {
            orders.place(order);
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            CompletableFuture<Boolean> cameAgain = new CompletableFuture<>();
            try (Connection connection = factory.newConnection();
                    Channel channel = connection.createChannel()) {
                channel.basicConsume(
                        "orders",
                        (tag, delivery) -> {
                            channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                            if (delivery.getEnvelope().isRedeliver()) {
                                cameAgain.complete(true);
                            }
                        },
                        tag -> {});
                cameAgain.get(2, TimeUnit.MINUTES);
            }
        }
    }

    /** An identity provider. Its tokens are the passwords that the broker has. */
    public static final class Identities {

        /**
         * A secret for the broker that ends.
         *
         * @param bytes the secret
         * @param lifetime how long it lasts
         */
        @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
        public record Token(byte[] bytes, Duration lifetime) {}

        /** Answers a token for those who know their password. */
        public CompletionStage<Token> tokenFor(String user, byte[] secret) {
            return CompletableFuture.completedFuture(new Token(secret.clone(), Duration.ofHours(1)));
        }

        /** Answers the next one. */
        public CompletionStage<UpstreamLogin> nextTokenFor(String user) {
            return CompletableFuture.completedFuture(UpstreamLogin.refused());
        }
    }

    /** The sample itself. */
    protected abstract void sample() throws Exception;

    /** A file of that name with what the name says. */
    public final Path file(String name) {
        Authority.Issued issued = name.startsWith("server") ? SERVER : CLIENT;
        Path file = directory.resolve(name);
        if (name.endsWith("-ca.pem")) {
            return AUTHORITY.writeCertificate(file);
        }
        return name.endsWith(".key") ? issued.writeKey(file) : issued.writeCertificate(file);
    }

    /** The broker's address. */
    public final String plain() {
        return "amqp://127.0.0.1:" + broker.port();
    }

    /** The broker's address for TLS. */
    public final String secure() {
        return "amqps://127.0.0.1:" + broker.tlsPort();
    }

    /** What a sample leaves out: the application publishes. */
    public final void talk() throws Exception {
        try (Connection connection = connectionFactory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("samples", false, false, false, null);
            channel.confirmSelect();
            channel.basicPublish("", "samples", null, "hello".getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirmsOrDie(30_000);
        }
        hasTalked = true;
    }

    /** Runs the sample, and a proxy with what it has said to the builder. */
    final void run(boolean hasBuilder) throws Exception {
        builder.upstream(plain()).listen(0);
        try (proxy) {
            sample();
        }
        if (hasBuilder) {
            try (AmqProxy proxy = builder.start()) {
                connectionFactory.setPort(proxy.address().getPort());
                talk();
                if (proxy.addresses().size() > 1) {
                    connectionFactory.setPort(proxy.addresses().get(1).getPort());
                    connectionFactory.useSslProtocol(TlsClients.context(AUTHORITY, CLIENT));
                    connectionFactory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
                    talk();
                }
            }
        }
    }

    final boolean hasTalked() {
        return hasTalked;
    }
}
