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
import com.rabbitmq.client.MissedHeartbeatException;
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
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault does to a real client what it says, and all goes on after it. */
@Tag("broker")
@Timeout(120)
@SuppressWarnings("try") // a fault is there to be closed
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
    void theNthMethodThatNamesAQueueFailsAsTheBrokerFailsIt() throws Exception {
        try (Connection connection = connect();
                Fault failed = proxy.faults()
                        .failMethods(
                                FaultScope.all().naming(queue).nth(2),
                                "queue.declare",
                                404,
                                "NOT_FOUND - on purpose")) {
            Channel channel = connection.createChannel();
            channel.queueDeclare(queue, false, false, false, Map.of());
            channel.queueDeclare("other-" + queue, false, false, true, Map.of());
            assertThatThrownBy(() -> channel.queueDeclare(queue, false, false, false, Map.of()))
                    .hasRootCauseMessage("channel error; protocol method: #method<channel.close>(reply-code=404,"
                            + " reply-text=NOT_FOUND - on purpose, class-id=50, method-id=10)");
            assertThat(failed.count()).isOne();
            assertThat(connection.isOpen()).isTrue();
            publisher(connection);
        }
        allGoesOn();
    }

    @Test
    void aPublishFailsWithTheConnectionWhereTheCodeCostsIt() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        connection.addShutdownListener(end::complete);
        try (Fault failed = proxy.faults().failMethods(FaultScope.all().nth(2), "basic.publish", 541, "on purpose")) {
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            publish(channel);
            assertThat(code(end.get())).isEqualTo(541);
            assertThat(failed.count()).isOne();
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(2);
        assertThatThrownBy(() -> proxy.faults().failMethods(FaultScope.all(), "connection.open", 541, ""))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsAcknowledgedIsDeliveredAgain() throws Exception {
        try (Connection connection = connect();
                Fault again = proxy.faults().redeliver(FaultScope.all().first(2))) {
            Channel channel = publisher(connection);
            publish(channel);
            BlockingQueue<Boolean> come = new LinkedBlockingQueue<>();
            channel.basicConsume(
                    queue,
                    false,
                    (tag, delivery) -> {
                        come.add(delivery.getEnvelope().isRedeliver());
                        long number = delivery.getEnvelope().getDeliveryTag();
                        channel.basicAck(number, number == 2);
                    },
                    tag -> {});
            assertThat(come.poll(30, TimeUnit.SECONDS)).isFalse();
            assertThat(come.poll(30, TimeUnit.SECONDS)).isTrue();
            assertThat(come.poll(30, TimeUnit.SECONDS)).isTrue();
            Await.until("acknowledged", () -> depth() == 0);
            assertThat(again.count()).isEqualTo(2);
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

    private Throwable end(Connection connection) throws Exception {
        CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
        connection.addShutdownListener(end::complete);
        return Objects.requireNonNull(end.get(60, TimeUnit.SECONDS).getCause());
    }

    @Test
    void clientsAreCutInEachWay() throws Exception {
        for (Cut how : Cut.values()) {
            Connection connection = connect();
            assertThat(proxy.faults().cutClients(client -> true, how)).isOne();
            assertThat(end(connection)).isInstanceOf(how == Cut.RESET ? SocketException.class : EOFException.class);
            Await.until("the proxy knows", () -> proxy.clients().isEmpty());
        }
        allGoesOn();
    }

    @Test
    void aConnectionIsCutInTheMidstOfAFrame() throws Exception {
        Connection connection = connect();
        Channel channel = publisher(connection);
        try (Fault cut = proxy.faults().cutFrames(FaultScope.all().nth(2))) {
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            publish(channel);
            assertThat(end(connection)).isInstanceOf(EOFException.class);
            assertThat(cut.count()).isOne();
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(3);
    }

    @Test
    void whatTakesLongComesAtOnceWhenItIsRevoked() throws Exception {
        Duration long_ = Duration.ofMinutes(10);
        List<Supplier<Fault>> slow = List.of(
                () -> proxy.faults().delay(client -> true, long_, long_, 1),
                () -> proxy.faults().limitBandwidth(client -> true, 1),
                () -> proxy.faults().delayConfirms(FaultScope.all(), long_, long_, 1));
        for (Supplier<Fault> fault : slow) {
            try (Connection connection = connect()) {
                Channel channel = publisher(connection);
                try (Fault ignored = fault.get()) {
                    publish(channel);
                    assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
                }
                assertThat(channel.waitForConfirms(30_000)).isTrue();
            }
        }
        allGoesOn();
    }

    @Test
    void slowConnectionsCarryAll() throws Exception {
        try (Fault late = proxy.faults().delay(client -> true, Duration.ofMillis(3), Duration.ofMillis(20), 1);
                Fault narrow = proxy.faults().limitBandwidth(client -> true, 1_000_000)) {
            try (Connection connection = connect()) {
                Channel channel = publisher(connection);
                byte[] large = new byte[400_000];
                new Random(1).nextBytes(large);
                for (int i = 0; i < 3; i++) {
                    channel.basicPublish("", queue, null, large);
                }
                assertThat(channel.waitForConfirms(60_000)).isTrue();
                BlockingQueue<byte[]> come = new LinkedBlockingQueue<>();
                channel.basicConsume(queue, true, (tag, delivery) -> come.add(delivery.getBody()), tag -> {});
                for (int i = 0; i < 3; i++) {
                    assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo(large);
                }
            }
        }
        allGoesOn();
    }

    @Test
    void aConfirmThatIsLateIsOvertakenByOthers() throws Exception {
        Duration long_ = Duration.ofMinutes(10);
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<Long> confirmed = new LinkedBlockingQueue<>();
            channel.addConfirmListener((tag, multiple) -> confirmed.add(tag), (tag, multiple) -> confirmed.add(-tag));
            try (Fault late = proxy.faults().delayConfirms(FaultScope.all().nth(1), long_, Duration.ZERO, 1)) {
                publish(channel);
                Await.until("the first is held", () -> late.count() == 1);
                publish(channel);
                assertThat(confirmed.poll(30, TimeUnit.SECONDS)).isEqualTo(2);
            }
            assertThat(confirmed.poll(30, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void aLateConfirmOfAChannelThatIsClosedDoesNotCome() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            try (Fault late = proxy.faults()
                    .delayConfirms(FaultScope.all().onChannel(1), Duration.ofMinutes(10), Duration.ZERO, 1)) {
                publish(channel);
                Await.until("it is held", () -> late.count() == 1);
                channel.close();
                Channel next = publisher(connection);
                assertThat(next.getChannelNumber()).isEqualTo(1);
            }
            Channel other = publisher(connection);
            publish(other);
            assertThat(other.waitForConfirms(30_000)).isTrue();
        }
    }

    @Test
    void inABlackHoleAllIsLostAndTheConnectionIsResetInTheEnd() throws Exception {
        try (Recorder recorder = proxy.record(TraceFilter.ofClients())) {
            Connection connection = connect();
            Channel channel = publisher(connection);
            try (Fault ignored = proxy.faults().blackHole(client -> true)) {
                publish(channel);
                recorder.await(published(queue), SOON);
                // The loop tells what it reads before it loses it: when it answers, it has.
                assertThat(proxy.clients()).isNotEmpty();
                assertThat(connection.isOpen()).isTrue();
            }
            assertThat(end(connection)).isInstanceOf(SocketException.class);
        }
        allGoesOn();
        assertThat(depth()).isEqualTo(1);
    }

    @Test
    void whatFindsTheOtherDeadInSilenceHearsNothingOfTheOthersEnd() throws Exception {
        Connection connection = connectWithHeartbeat();
        try (Fault ignored = proxy.faults().silence(client -> true)) {
            assertThat(end(connection)).isInstanceOf(MissedHeartbeatException.class);
            Await.until("given up by the proxy", () -> proxy.clients().isEmpty());
        }
        allGoesOn();
    }

    @Test
    void heartbeatsThatAreLostAreMissed() throws Exception {
        try (Fault lost = proxy.faults().loseHeartbeats(FaultScope.all())) {
            Connection connection = connectWithHeartbeat();
            assertThat(end(connection)).isInstanceOf(MissedHeartbeatException.class);
            assertThat(lost.count()).isPositive();
        }
        allGoesOn();
    }

    private Connection connectWithHeartbeat() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(proxy.address().getPort());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setRequestedHeartbeat(1);
        return factory.newConnection();
    }

    @Test
    void faultsMayBeClosedAfterTheProxy() {
        Fault down = proxy.faults().brokerDown();
        Fault blocked = proxy.faults().block(client -> true, "on purpose");
        proxy.close();
        down.close();
        blocked.close();
        assertThatThrownBy(proxy.faults()::brokerDown).isInstanceOf(IllegalStateException.class);
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
        try (Fault ignored = proxy.faults().brokerDown()) {
            Await.until("no upstreams", () -> proxy.upstreams().isEmpty());
            Await.until("found down", () -> !proxy.health().ready());
        }
        Await.until("found up", () -> proxy.health().ready());
        allGoesOn();
    }

    @Test
    void newClientsAreRefused() throws Exception {
        try (Connection present = connect();
                Fault ignored = proxy.faults().refuseClients()) {
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
            try (Fault ignored = proxy.faults().stopReading(client -> true)) {
                publish(channel);
                assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
                assertThat(recorder.events(published(queue))).isEmpty();
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
            try (Fault ignored = proxy.faults().silence(client -> true)) {
                try (Connection loud = new ConnectionFactoryOf(broker.port()).connect()) {
                    loud.createChannel().basicPublish("", queue, null, BODY);
                }
                Await.until("the broker has sent it", () -> depth() == 0);
                assertThat(come.poll(100, TimeUnit.MILLISECONDS)).isNull();
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
            try (Fault ignored = proxy.faults().block(client -> true, "low on memory")) {
                connection.createChannel().close(); // Who does not publish is not held.
                assertThat(told).isEmpty();
                publish(channel);
                assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("low on memory");
                assertThatThrownBy(() -> channel.waitForConfirms(200)).isInstanceOf(TimeoutException.class);
            }
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("unblocked");
            assertThat(channel.waitForConfirms(30_000)).isTrue();
        }
    }
}
