package io.amqproxy.impl.fault;

import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.named;
import static io.amqproxy.trace.TraceMatcher.toClient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.BlockedCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceFilter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault of the protocol does to a real client what it says, and all goes on after it. */
@Tag("broker")
@Timeout(300)
@SuppressWarnings("try") // a fault is there to be closed
class FaultsTest extends FaultyProxy {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    FaultsTest() {
        super(broker);
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
            assertThat(proxy.faults().closeChannels(FaultScope.all(), 404, "NOT_FOUND - on purpose"))
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
        assertThat(proxy.faults().closeConnections(FaultScope.all(), 541, "INTERNAL_ERROR - on purpose"))
                .isOne();
        assertThat(code(end.get())).isEqualTo(541);
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
        try (Recorder recorder = proxy.record(TraceFilter.all().names("basic.ack"));
                Connection connection = connect()) {
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
            recorder.flush();
            assertThat(recorder.events(confirmed()))
                    .singleElement()
                    .satisfies(confirm -> assertThat(confirm.channel()).isEqualTo(other.getChannelNumber()));
        }
    }

    @Test
    void faultsMayBeClosedAfterTheProxy() {
        Fault down = proxy.faults().brokerDown();
        Fault blocked = proxy.faults().block(FaultScope.all(), "on purpose");
        proxy.close();
        down.close();
        blocked.close();
        assertThatThrownBy(proxy.faults()::brokerDown).isInstanceOf(IllegalStateException.class);
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
    void logInsAreRefusedWithACode() throws Exception {
        for (int code : new int[] {320, 530, 541}) {
            try (Fault refused = proxy.faults().refuseLogins(FaultScope.all().first(1), code, "on purpose")) {
                assertThatThrownBy(this::connect).satisfies(failure -> {
                    ShutdownSignalException end = (ShutdownSignalException) Objects.requireNonNull(failure.getCause());
                    assertThat(code(end)).isEqualTo(code);
                    assertThat(end).hasMessageContaining("on purpose");
                });
                assertThat(refused.count()).isOne();
                allGoesOn();
            }
        }
    }

    @Test
    void publishersAreBlockedAndUnblocked() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            BlockedCallback onBlocked = told::add;
            connection.addBlockedListener(onBlocked, () -> told.add("unblocked"));
            try (Fault ignored = proxy.faults().block(FaultScope.all(), "low on memory")) {
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

    @Test
    void whoIsBlockedTwiceGoesOnAfterTheLastOfBoth() throws Exception {
        try (Recorder recorder = proxy.record();
                Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            BlockedCallback onBlocked = told::add;
            connection.addBlockedListener(onBlocked, () -> told.add("unblocked"));
            Fault memory = proxy.faults().block(FaultScope.all(), "low on memory");
            try (Fault disk = proxy.faults().block(FaultScope.all(), "low on disk")) {
                publish(channel);
                assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("low on disk");
                memory.close();
                recorder.flush();
                assertThat(recorder.events(toClient("connection.unblocked"))).isEmpty();
            }
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("unblocked");
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            assertThat(told).isEmpty();
        }
    }

    @Test
    void consumersAreCancelledAndTheirMessagesCanStillBeAcknowledged() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<Long> come = new LinkedBlockingQueue<>();
            BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
            channel.basicConsume(
                    queue,
                    false,
                    "gone",
                    (tag, delivery) -> come.add(delivery.getEnvelope().getDeliveryTag()),
                    cancelled::add);
            publish(channel);
            Long delivered = Objects.requireNonNull(come.poll(30, TimeUnit.SECONDS));

            assertThat(proxy.faults().cancelConsumers(FaultScope.all().naming("spared")))
                    .isZero();
            assertThat(proxy.faults().cancelConsumers(FaultScope.all().naming("gone")))
                    .isOne();

            assertThat(cancelled.poll(30, TimeUnit.SECONDS)).isEqualTo("gone");
            assertThat(proxy.faults().cancelConsumers(FaultScope.all())).isZero();
            channel.basicAck(delivered, false);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            Await.until("only the second waits", () -> depth() == 1);
            channel.basicConsume(queue, true, "gone", (tag, delivery) -> come.add(-1L), tag -> {});
            assertThat(come.poll(30, TimeUnit.SECONDS)).isEqualTo(-1);
        }
        allGoesOn();
    }

    @Test
    void mandatoryMessagesAreReturnedAndReachNobody() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            channel.addReturnListener(back -> heard.add(back.getReplyCode() + " " + back.getReplyText() + " '"
                    + back.getExchange() + "' " + back.getRoutingKey() + " "
                    + new String(back.getBody(), StandardCharsets.UTF_8)));
            try (Fault returned =
                    proxy.faults().returnMessages(FaultScope.all().naming(queue).first(2), 312, "on purpose")) {
                publish(channel); // It is not mandatory.
                assertThat(channel.waitForConfirms(30_000)).isTrue();
                channel.basicPublish("", queue, true, null, BODY);
                assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("312 on purpose '' " + queue + " body");
                channel.basicPublish("amq.fanout", queue, true, null, BODY);
                assertThat(heard.poll(30, TimeUnit.SECONDS))
                        .isEqualTo("312 on purpose 'amq.fanout' " + queue + " body");
                channel.waitForConfirms(30_000);
                channel.basicPublish("", queue, true, null, BODY);
                assertThat(channel.waitForConfirms(30_000)).isTrue();
                assertThat(returned.count()).isEqualTo(2);
            }
            channel.basicPublish("amq.fanout", "none", true, null, BODY);
            assertThat(heard.poll(30, TimeUnit.SECONDS)).startsWith("312 ").endsWith(" 'amq.fanout' none body");
        }
        assertThat(depth()).isEqualTo(2);
        allGoesOn();
    }

    @Test
    void confirmsOfOneRoutingKeyAreLostAndThoseOfOthersCome() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = publisher(connection);
            BlockingQueue<String> confirmed = new LinkedBlockingQueue<>();
            channel.addConfirmListener(
                    (tag, multiple) -> confirmed.add("ack " + tag), (tag, multiple) -> confirmed.add("nack " + tag));
            publish(channel);
            publish(channel);
            assertThat(channel.waitForConfirms(30_000)).isTrue();
            confirmed.clear();
            try (Fault lost = proxy.faults().loseConfirms(FaultScope.all().naming(queue));
                    Fault nacked = proxy.faults().nackConfirms(FaultScope.all().naming("amq.fanout"))) {
                publish(channel);
                channel.basicPublish("", "other", null, BODY);
                assertThat(confirmed.poll(30, TimeUnit.SECONDS)).isEqualTo("ack 4");
                publish(channel);
                channel.basicPublish("amq.fanout", "other", null, BODY);
                assertThat(confirmed.poll(30, TimeUnit.SECONDS)).isEqualTo("nack 6");
                assertThat(lost.count()).isEqualTo(2);
                assertThat(nacked.count()).isOne();
            }
            publish(channel);
            assertThat(confirmed.poll(30, TimeUnit.SECONDS)).isEqualTo("ack 7");
        }
        allGoesOn();
    }
}
