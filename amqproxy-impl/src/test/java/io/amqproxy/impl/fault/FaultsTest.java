package io.amqproxy.impl.fault;

import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.named;
import static io.amqproxy.trace.TraceMatcher.published;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.BlockedCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults.Cut;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault does to a real client what it says, and all goes on after it. */
@Tag("broker")
@Timeout(120)
class FaultsTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final byte[] BODY = "body".getBytes(StandardCharsets.UTF_8);

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private static int queues;

    private final String queue = "faulty-" + ++queues;
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .loops(2)
            .start();

    @AfterEach
    void stop() {
        proxy.close();
    }

    private Connection connect() throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private Channel publisher(Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.queueDeclare(queue, false, false, false, Map.of());
        return channel;
    }

    private void publish(Channel channel) throws IOException {
        channel.basicPublish("", queue, null, BODY);
    }

    private int depth() {
        return broker.queueDepth(queue);
    }

    private static int code(ShutdownSignalException end) {
        Method reason = end.getReason();
        return reason instanceof com.rabbitmq.client.AMQP.Channel.Close close
                ? close.getReplyCode()
                : ((com.rabbitmq.client.AMQP.Connection.Close) reason).getReplyCode();
    }

    /** Neither client nor proxy has suffered. */
    private void allGoesOn() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }

    @Test
    void theNthConfirmIsLostAndThoseAfterItCome() throws Exception {
        try (Recorder recorder = proxy.record(TraceFilter.all().names("basic.ack"));
                Connection connection = connect()) {
            Channel channel = publisher(connection);
            try (Fault lost = proxy.faults().loseConfirms(FaultScope.all().nth(2))) {
                publish(channel);
                channel.waitForConfirms(30_000);
                publish(channel);
                recorder.await(named("basic.ack").inDirection(Direction.FROM_BROKER), 2, SOON);
                publish(channel);
                recorder.await(confirmed().with("delivery-tag", 3), SOON);
                assertThat(lost.count()).isOne();
            }
            assertThat(recorder.events(confirmed().with("delivery-tag", 2))).isEmpty();
            assertThatThrownBy(() -> channel.waitForConfirms(1)).isInstanceOf(TimeoutException.class);
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(4);
    }

    @Test
    void aConfirmIsNackedThoughTheBrokerHasTheMessage() throws Exception {
        try (Connection connection = connect();
                Fault nacked = proxy.faults().nackConfirms(FaultScope.all().first(1))) {
            Channel channel = publisher(connection);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isFalse();
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            assertThat(nacked.count()).isOne();
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(3);
    }

    @Test
    void faultsAreForWhomTheyAreMeant() throws Exception {
        try (Connection first = connect()) {
            long id = proxy.clients().get(0).id();
            try (Connection second = connect();
                    Fault lost = proxy.faults().nackConfirms(FaultScope.all().ofClients(client -> client.id() == id))) {
                Channel spared = publisher(second);
                publish(spared);
                assertThat(spared.waitForConfirms(30_000)).isTrue();
                Channel hit = publisher(first);
                publish(hit);
                assertThat(hit.waitForConfirms(30_000)).isFalse();
                assertThat(lost.count()).isOne();
            }
        }
    }

    @Test
    void channelsAreClosedWithACodeAndTheConnectionStays() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            channel.addShutdownListener(end::complete);
            assertThat(proxy.faults().closeChannels(client -> true, 404, "NOT_FOUND - on purpose"))
                    .isOne();
            assertThat(code(end.get())).isEqualTo(404);
            Channel next = publisher(connection);
            publish(next);
            assertThat(next.waitForConfirms(30_000)).isTrue();
        }
        allGoesOn();
    }

    @Test
    void connectionsAreClosedWithACode() throws Exception {
        Connection connection = connect();
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        connection.addShutdownListener(end::complete);
        assertThat(proxy.faults().closeConnections(client -> true, 541, "INTERNAL_ERROR - on purpose"))
                .isOne();
        assertThat(code(end.get())).isEqualTo(541);
        allGoesOn();
    }

    @Test
    void clientsAreCut() throws Exception {
        for (Cut how : Cut.values()) {
            Connection connection = connect();
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            connection.addShutdownListener(end::complete);
            assertThat(proxy.faults().cutClients(client -> true, how)).isOne();
            assertThat(end.get().isInitiatedByApplication()).isFalse();
        }
        allGoesOn();
    }

    @Test
    void upstreamsAreCutAndOthersAreOpened() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            publish(channel);
            channel.waitForConfirms(30_000);
            channel.close();
            assertThat(proxy.faults().cutUpstreams(upstream -> true, Cut.RESET)).isPositive();
        }
        allGoesOn();
    }

    @Test
    void theBrokerIsGoneAndBack() throws Exception {
        allGoesOn();
        try (Fault down = proxy.faults().brokerDown()) {
            assertThat(down.count()).isZero();
            Await.until("no upstreams", () -> proxy.upstreams().isEmpty());
            Await.until("found down", () -> !proxy.health().ready());
        }
        Await.until("found up", () -> proxy.health().ready());
        allGoesOn();
    }

    @Test
    void newClientsAreRefused() throws Exception {
        try (Connection present = connect();
                Fault refused = proxy.faults().refuseClients()) {
            assertThat(refused.count()).isZero();
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThat(present.isOpen()).isTrue();
        }
        allGoesOn();
    }

    @Test
    void logInsAreRefusedAsByTheBroker() throws Exception {
        try (Fault refused = proxy.faults()
                .refuseLogins(FaultScope.all().first(1), "ACCESS_REFUSED - Login was refused on purpose")) {
            assertThatThrownBy(this::connect).isInstanceOf(AuthenticationFailureException.class);
            assertThat(refused.count()).isOne();
            allGoesOn();
        }
    }

    @Test
    void whatIsNotReadWaitsAndGoesOn() throws Exception {
        try (Recorder recorder = proxy.record(TraceFilter.ofClients());
                Connection connection = connect()) {
            Channel channel = publisher(connection);
            try (Fault unread = proxy.faults().stopReading(client -> true)) {
                publish(channel);
                assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
                assertThat(recorder.events(published(queue))).isEmpty();
                assertThat(unread.count()).isZero();
            }
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }

    @Test
    void inSilenceNothingIsSentEither() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> come = new LinkedBlockingQueue<>();
            channel.basicConsume(queue, true, (tag, delivery) -> come.add("one"), tag -> {});
            try (Fault silence = proxy.faults().silence(client -> true)) {
                try (Connection loud = new ConnectionFactoryOf(broker.port()).connect()) {
                    loud.createChannel().basicPublish("", queue, null, BODY);
                }
                Await.until("the broker has sent it", () -> depth() == 0);
                assertThat(come.poll(100, TimeUnit.MILLISECONDS)).isNull();
                assertThat(silence.count()).isZero();
            }
            assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo("one");
        }
        allGoesOn();
    }

    private record ConnectionFactoryOf(int port) {
        Connection connect() throws IOException, TimeoutException {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setPort(port);
            return factory.newConnection();
        }
    }

    @Test
    void publishersAreBlockedAndUnblocked() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            BlockedCallback onBlocked = told::add;
            connection.addBlockedListener(onBlocked, () -> told.add("unblocked"));
            try (Fault blocked = proxy.faults().block(client -> true, "low on memory")) {
                assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("low on memory");
                publish(channel);
                assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
                assertThat(blocked.count()).isZero();
            }
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("unblocked");
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }
}
