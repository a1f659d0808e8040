package io.amqproxy.impl.amqp10;

import static io.amqproxy.trace.TraceMatcher.acknowledged;
import static io.amqproxy.trace.TraceMatcher.confirmed;
import static io.amqproxy.trace.TraceMatcher.delivered;
import static io.amqproxy.trace.TraceMatcher.fromClient;
import static io.amqproxy.trace.TraceMatcher.named;
import static io.amqproxy.trace.TraceMatcher.published;
import static io.amqproxy.trace.TraceMatcher.toClient;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceEvent;
import io.amqproxy.trace.TraceFilter;
import jakarta.jms.DeliveryMode;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients of AMQP 1.0 and the broker say is recorded. */
@Tag("broker")
@Timeout(300)
class Trace10Test {

    private static final Duration SOON = Duration.ofSeconds(30);

    @AutoClose
    private final EmbeddedBroker broker = EmbeddedBroker.builder().amqp10().start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.port())
            .listen(0)
            .start();

    private void declare(String queue) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(proxy.address().getPort());
        try (Connection connection = factory.newConnection()) {
            connection.createChannel().queueDeclare(queue, false, false, false, Map.of());
        }
    }

    @Test
    void performativesOfAmqp10AreRecorded() throws Exception {
        declare("traced");
        try (Recorder recorder = proxy.record();
                RawClient10 sender =
                        new RawClient10(proxy.address().getPort()).open().beginSession(3)) {
            sender.attach(3, 7, "s", false, "traced");
            sender.transfer(3, 7, 1000, false, false, RawClient10.message("hello"));
            sender.expect(CompositeType.DISPOSITION);
            sender.closeInOrder();
            TraceEvent transfer = recorder.await(
                    fromClient("transfer").with("delivery-id", 1000).onChannel(3), SOON);
            assertThat(Objects.requireNonNull(transfer.message()).text()).isEqualTo("hello");
            recorder.await(named("transfer").inDirection(Direction.TO_BROKER), SOON);
            recorder.await(toClient("disposition").with("first", 1000).with("settled", true), SOON);
            recorder.await(fromClient("attach").with("name", "s"), SOON);
            recorder.await(toClient("close"), SOON);
        }
    }

    @Test
    void theSameWordsAreForMessagesOfBothProtocols() throws Exception {
        declare("traced");
        String large = "x".repeat(200_000); // Several transfers of what Qpid JMS and the proxy agree to.
        String uri = "amqp://127.0.0.1:" + proxy.address().getPort()
                + "?amqp.maxFrameSize=16384&amqp.vhost=default&jms.forceSyncSend=true";
        try (Recorder recorder = proxy.record(TraceFilter.ofClients().bodyLimit(large.length()));
                jakarta.jms.Connection connection =
                        new JmsConnectionFactory("guest", "guest", uri).createConnection()) {
            connection.start();
            Session session = connection.createSession();
            MessageProducer producer = session.createProducer(session.createQueue("traced"));
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            TextMessage message = session.createTextMessage("one");
            message.setStringProperty("colour", "red");
            message.setJMSType("order");
            producer.send(message);
            producer.send(session.createTextMessage(large));

            recorder.await(
                    published("traced")
                            .withBody("one")
                            .withHeader("colour", "red")
                            .withProperty("subject", "order"),
                    SOON);
            recorder.await(published("traced").withBody(large), SOON);
            recorder.await(confirmed(), 2, SOON);

            MessageConsumer consumer = session.createConsumer(session.createQueue("traced"));
            consumer.receive(30_000);
            recorder.await(delivered().with("address", "traced").withBody("one"), SOON);
            recorder.await(acknowledged(), SOON);
            assertThat(recorder.events(delivered().withHeader("colour", "blue")))
                    .isEmpty();
        }
    }

    @Test
    void whatIsSentAndAcknowledgedInTransactionsIsFoundAndTheirCoordinatorSaysNothingOfMessages() throws Exception {
        declare("traced");
        String uri = "amqp://127.0.0.1:" + proxy.address().getPort() + "?amqp.vhost=default&jms.forceSyncSend=true";
        try (Recorder recorder = proxy.record(TraceFilter.ofClients());
                jakarta.jms.Connection connection =
                        new JmsConnectionFactory("guest", "guest", uri).createConnection()) {
            connection.start();
            Session session = connection.createSession(Session.SESSION_TRANSACTED);
            MessageProducer producer = session.createProducer(session.createQueue("traced"));
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            producer.send(session.createTextMessage("one"));
            producer.send(session.createTextMessage("two"));
            session.commit();
            MessageConsumer consumer = session.createConsumer(session.createQueue("traced"));
            assertThat(consumer.receive(30_000)).isNotNull();
            session.commit();
            recorder.flush();
            assertThat(recorder.events(confirmed())).as(recorder.text()).hasSize(2);
            assertThat(recorder.events(acknowledged())).as(recorder.text()).hasSize(1);
            assertThat(recorder.events(delivered("traced").withBody("one"))).hasSize(1);
            assertThat(recorder.events(toClient("disposition").with("coordinator", true)))
                    .isNotEmpty();
        }
    }

    @Test
    void whatAClientWritesBehindACloseIsNotPublished() throws Exception {
        declare("traced");
        try (Recorder recorder = proxy.record();
                RawClient10 sender =
                        new RawClient10(proxy.address().getPort()).open().beginSession(3)) {
            sender.attach(3, 7, "s", false, "traced");
            sender.transfer(3, 7, 1000, false, false, RawClient10.message("one"));
            sender.expect(CompositeType.DISPOSITION);
            assertThat(proxy.faults().detachLinks(FaultScope.all(), "amqp:internal-error", "gone"))
                    .isOne();
            sender.expect(CompositeType.DETACH);
            sender.transfer(3, 7, 1001, false, false, RawClient10.message("two"));
            assertThat(proxy.faults().closeConnections(FaultScope.all(), "amqp:connection:forced", "gone"))
                    .isOne();
            sender.expect(CompositeType.CLOSE);
            sender.transfer(3, 7, 1002, false, false, RawClient10.message("three"));
            sender.send(sender.begin(0, CompositeType.CLOSE));
            recorder.await(fromClient("close"), SOON);
            assertThat(recorder.events(published("traced"))).as(recorder.text()).hasSize(1);
            recorder.await(fromClient("transfer").with("dropped", true).withBody("two"), SOON);
            recorder.await(fromClient("transfer").with("dropped", true).withBody("three"), SOON);
        }
    }
}
