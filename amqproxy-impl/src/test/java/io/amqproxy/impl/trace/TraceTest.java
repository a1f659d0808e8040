package io.amqproxy.impl.trace;

import static io.amqproxy.trace.TraceMatcher.acknowledged;
import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.delivered;
import static io.amqproxy.trace.TraceMatcher.fromClient;
import static io.amqproxy.trace.TraceMatcher.named;
import static io.amqproxy.trace.TraceMatcher.published;
import static io.amqproxy.trace.TraceMatcher.toClient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceEvent;
import io.amqproxy.trace.TraceFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What real clients and a real broker say is recorded. */
@Tag("broker")
@Timeout(300)
class TraceTest {

    private static final String PASSWORD = "kept-from-all-events";
    private static final Duration SOON = Duration.ofSeconds(30);

    @AutoClose
    private static final EmbeddedBroker broker =
            EmbeddedBroker.builder().user("eve", PASSWORD).start();

    private static int queues;

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .loops(2)
            .start();

    private String queue;

    @BeforeEach
    void name() {
        queue = "traced-" + ++queues;
    }

    private Connection connect() throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        factory.setUsername("eve");
        factory.setPassword(PASSWORD);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private void useBroker(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        channel.confirmSelect();
        channel.queueDeclare(queue, false, false, true, Map.of());
        BasicProperties properties = new BasicProperties.Builder()
                .messageId("m1")
                .headers(Map.of("attempt", 2))
                .build();
        channel.basicPublish("", queue, properties, "hello".getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(30_000);
        CountDownLatch come = new CountDownLatch(1);
        channel.basicConsume(
                queue,
                false,
                "me",
                (tag, delivery) -> {
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                    come.countDown();
                },
                tag -> {});
        assertThat(come.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aConversationIsRecordedFromTheFirstOctetsToTheLast() throws Exception {
        try (Recorder recorder = proxy.record()) {
            try (Connection connection = connect()) {
                useBroker(connection);
            }
            TraceEvent publish =
                    recorder.await(published(queue).withBody("hello").withProperty("message-id", "m1"), SOON);
            assertThat(publish.direction()).isEqualTo(Direction.FROM_CLIENT);
            assertThat(Objects.requireNonNull(publish.client()).user()).isEqualTo("eve");
            assertThat(publish.upstream()).isNull();
            assertThat(publish.argument("exchange")).isEqualTo("");
            assertThat(Objects.requireNonNull(publish.message()).properties())
                    .containsEntry("headers", Map.of("attempt", 2));

            recorder.await(
                    named("basic.publish").inDirection(Direction.TO_BROKER).withBody("hello"), SOON);
            recorder.await(named("basic.ack").inDirection(Direction.FROM_BROKER), SOON);
            recorder.await(confirmed().with("delivery-tag", 1), SOON);
            recorder.await(
                    delivered(queue)
                            .with("queue", queue)
                            .with("consumer-tag", "me")
                            .withBody("hello"),
                    SOON);
            recorder.await(acknowledged().with("multiple", false), SOON);
            recorder.await(fromClient("protocol-header").with("protocol", "0 0 9 1"), SOON);
            recorder.await(fromClient("connection.start-ok").with("response", "***"), SOON);
            recorder.await(toClient("connection.close-ok"), SOON);
            assertThat(recorder.text()).contains(" -> 1 basic.publish exchange='' routing-key='" + queue + "'");
            recorder.await(
                    named("connection.start-ok")
                            .inDirection(Direction.TO_BROKER)
                            .with("response", "***"),
                    SOON);
            assertThat(recorder.events())
                    .noneSatisfy(event -> assertThat(event.toString()).contains(PASSWORD))
                    .noneSatisfy(
                            event -> assertThat(event.arguments().toString()).contains(PASSWORD));
        }
    }

    @Test
    void eachMessageIsSeenOnceHoweverLargeAndOfItNoMoreThanWasAskedFor() throws Exception {
        TraceFilter filter = TraceFilter.all().names("basic.publish").bodyLimit(10);
        try (Recorder recorder = proxy.record(filter);
                Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare(queue, false, false, true, Map.of());
            int[] sizes = {0, 1, 10, 11, 5_000, 131_072, 131_065, 700_000, 3};
            for (int size : sizes) {
                channel.basicPublish("", queue, null, "x".repeat(size).getBytes(StandardCharsets.UTF_8));
            }
            channel.waitForConfirmsOrDie(30_000);
            for (Direction direction : List.of(Direction.FROM_CLIENT, Direction.TO_BROKER)) {
                List<TraceEvent> seen =
                        recorder.await(named("basic.publish").inDirection(direction), sizes.length, SOON);
                assertThat(seen.stream().mapToLong(event -> message(event).size()))
                        .containsExactly(0L, 1L, 10L, 11L, 5_000L, 131_072L, 131_065L, 700_000L, 3L);
                assertThat(seen)
                        .allSatisfy(event ->
                                assertThat(message(event).body().length).isLessThanOrEqualTo(10));
            }
            assertThat(recorder.events()).hasSize(2 * sizes.length);
        }
    }

    private static io.amqproxy.trace.TracedMessage message(TraceEvent event) {
        return Objects.requireNonNull(event.message());
    }

    @Test
    void connectionsThatAreThereAlreadyAreRecordedToo() throws Exception {
        try (Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.queueDeclare(queue, false, false, true, Map.of());
            try (Recorder recorder = proxy.record()) {
                channel.basicPublish("", queue, null, "late".getBytes(StandardCharsets.UTF_8));
                recorder.await(published(queue).withBody("late"), SOON);
                recorder.await(named("basic.publish").inDirection(Direction.TO_BROKER), SOON);
            }
        }
    }

    @Test
    void aFilterChoosesClientsAndSeveralTracesGetWhatEachWants() throws Exception {
        try (Connection first = connect();
                Connection second = connect()) {
            long id = proxy.clients().stream().mapToLong(ClientInfo::id).max().orElseThrow();
            try (Recorder one = proxy.record(TraceFilter.ofClients().clients(client -> client.id() == id));
                    Recorder all = proxy.record(TraceFilter.ofClients())) {
                first.createChannel().close();
                second.createChannel().close();
                all.await(toClient("channel.close-ok"), 2, SOON);
                one.await(toClient("channel.close-ok").ofClient(id), SOON);
                assertThat(one.events())
                        .allSatisfy(event -> assertThat(
                                        Objects.requireNonNull(event.client()).id())
                                .isEqualTo(id));
                assertThat(one.events()).hasSize(4);
            }
        }
    }

    @Test
    void aListenerThatIsTooSlowCostsEventsAndNothingElse() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger told = new AtomicInteger();
        try (Trace trace = proxy.trace(TraceFilter.all().bodyLimit(1024 * 1024), event -> {
                    told.incrementAndGet();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare(queue, false, false, true, Map.of());
            for (int i = 0; i < 400; i++) {
                channel.basicPublish("", queue, null, new byte[131_000]);
            }
            channel.waitForConfirmsOrDie(60_000);
            assertThat(trace.dropped()).isPositive();
            Await.until("the first is told", () -> told.get() > 0);
            assertThat(told).hasValue(1);
            goOn.countDown();
        }
    }

    @Test
    void aTraceThatIsClosedIsToldNothingMore() throws Exception {
        AtomicInteger told = new AtomicInteger();
        Trace closed = proxy.trace(TraceFilter.ofClients(), event -> told.incrementAndGet());
        try (Recorder other = proxy.record()) {
            closed.close();
            try (Connection connection = connect()) {
                useBroker(connection);
            }
            other.await(toClient("connection.close-ok"), SOON);
            assertThat(told).hasValue(0);
        }
    }

    @Test
    void aFailureSaysWhatWasWaitedFor() {
        try (Recorder recorder = proxy.record()) {
            assertThatThrownBy(() -> recorder.await(published("none"), Duration.ZERO))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("no published to 'none' within 0 s");
        }
    }

    @Test
    void aClosedProxyRecordsNothing() {
        proxy.close();
        assertThatThrownBy(proxy::record).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onlyWhatNamesSomethingIsRecorded() throws Exception {
        try (Connection connection = connect();
                Recorder recorder = proxy.record(TraceFilter.ofClients().naming(queue))) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare(queue, false, false, false, Map.of());
            channel.queueDeclare("other-" + queue, false, false, false, Map.of());
            channel.queueBind(queue, "amq.direct", "key");
            channel.basicPublish("amq.direct", "key", null, "one".getBytes(StandardCharsets.UTF_8));
            channel.basicPublish("", queue, null, "two".getBytes(StandardCharsets.UTF_8));
            channel.basicPublish("", "other-" + queue, null, "three".getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirmsOrDie(30_000);
            CountDownLatch come = new CountDownLatch(2);
            channel.basicConsume(queue, true, (tag, delivery) -> come.countDown(), tag -> {});
            assertThat(come.await(30, TimeUnit.SECONDS)).isTrue();
            recorder.flush();
            assertThat(recorder.events())
                    .extracting(event -> event.name()
                            + (event.message() == null ? "" : event.message().text()))
                    .containsExactly(
                            "queue.declare",
                            "queue.declare-ok",
                            "queue.bind",
                            "basic.publishtwo",
                            "basic.consume",
                            "basic.deliverone",
                            "basic.delivertwo");
        }
    }

    /** Octets that nobody looks at go by, and their connection is found again by another trace. */
    @Test
    void aConnectionThatNobodyWantsIsThereForALaterTrace() throws Exception {
        try (Connection connection = connect();
                Recorder nobody = proxy.record(TraceFilter.ofClients().clients(client -> false))) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare(queue, false, false, false, Map.of());
            publish(channel, "one");
            channel.waitForConfirmsOrDie(30_000);
            try (Recorder all = proxy.record()) {
                publish(channel, "two");
                all.await(published(queue).withBody("two"), SOON);
                all.await(confirmed(), SOON);
                channel.queueDeclarePassive(queue);
                all.flush();
                assertThat(all.events(fromClient("queue.declare"))).hasSize(1);
                assertThat(all.events(published(queue))).hasSize(1);
            }
            publish(channel, "three");
            channel.waitForConfirmsOrDie(30_000);
            try (Recorder again = proxy.record()) {
                publish(channel, "four");
                again.await(published(queue).withBody("four"), SOON);
            }
            nobody.flush();
            assertThat(nobody.events()).isEmpty();
        }
    }

    /** What clients say goes by unread meanwhile, and is found again by another trace. */
    @Test
    void whatOnlyTheBrokerSaysIsRecorded() throws Exception {
        try (Connection connection = connect();
                Recorder returns = proxy.record(TraceFilter.all().names("basic.return"))) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            channel.queueDeclare(queue, false, false, false, Map.of());
            publish(channel, "one");
            channel.basicPublish("", "none-" + queue, true, null, "back".getBytes(StandardCharsets.UTF_8));
            channel.waitForConfirms(30_000);
            returns.await(
                    named("basic.return").inDirection(Direction.FROM_BROKER).withBody("back"), SOON);
            returns.await(named("basic.return").inDirection(Direction.TO_CLIENT).withBody("back"), SOON);
            try (Recorder all = proxy.record()) {
                publish(channel, "two");
                all.await(published(queue).withBody("two"), SOON);
                all.await(
                        named("basic.publish").inDirection(Direction.TO_BROKER).withBody("two"), SOON);
                all.await(confirmed(), SOON);
                CountDownLatch come = new CountDownLatch(2);
                channel.basicConsume(queue, true, (tag, delivery) -> come.countDown(), tag -> {});
                assertThat(come.await(30, TimeUnit.SECONDS)).isTrue();
                all.await(delivered(queue).with("queue", queue).withBody("one"), SOON);
                all.flush();
                assertThat(all.events(published(queue))).hasSize(1);
            }
            publish(channel, "three");
            channel.waitForConfirmsOrDie(30_000);
            returns.flush();
            assertThat(returns.events()).hasSize(2);
        }
    }

    private void publish(Channel channel, String text) throws IOException {
        channel.basicPublish("", queue, null, text.getBytes(StandardCharsets.UTF_8));
    }
}
