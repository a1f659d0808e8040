package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.faults.Faults;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.RabbitMq4;
import io.amqproxy.testkit.RabbitNode;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Qpid JMS sees of faults of AMQP 1.0 is what it sees of RabbitMQ 4 itself, where that can be made there. */
@Tag("process")
@Tag("broker")
@Timeout(300)
class FaultsLikeRabbitMq4Test {

    @AutoClose
    private static final RabbitNode broker = RabbitMq4.start();

    @AutoClose
    private final AmqProxy proxy = AmqProxy.builder()
            .upstream("amqp://127.0.0.1:" + broker.login().port())
            .listen(0)
            .start();

    private static Connection connect(int port) throws JMSException {
        Connection connection = new JmsConnectionFactory(
                        "guest",
                        "guest",
                        "amqp://127.0.0.1:" + port + "?jms.forceSyncSend=true&jms.requestTimeout=10000")
                .createConnection();
        connection.start();
        return connection;
    }

    private static void declare(String queue, Map<String, Object> arguments) throws Exception {
        with(channel -> channel.queueDeclare(queue, true, false, false, arguments));
    }

    private static void delete(String queue) throws Exception {
        with(channel -> channel.queueDelete(queue));
    }

    /** What is done with AMQP 0-9-1 at the broker. */
    private interface Talk {
        void with(Channel channel) throws Exception;
    }

    private static void with(Talk talk) throws Exception {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.login().port());
        try (com.rabbitmq.client.Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            talk.with(channel);
        }
    }

    /** What a sender hears of two messages to this queue. */
    private static List<String> outcomes(int port, String queue) throws JMSException {
        List<String> heard = new ArrayList<>();
        try (Connection connection = connect(port);
                Session session = connection.createSession();
                MessageProducer producer = session.createProducer(session.createQueue("/queues/" + queue))) {
            producer.setDeliveryMode(DeliveryMode.PERSISTENT);
            for (int i = 0; i < 2; i++) {
                try {
                    producer.send(session.createTextMessage("body"));
                    heard.add("accepted");
                } catch (JMSException failure) {
                    heard.add(failure.toString());
                }
            }
        }
        return heard;
    }

    @Test
    void aDeliveryIsRejectedAsByAQueueThatIsFull() throws Exception {
        declare("full10", Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
        List<String> real = outcomes(broker.login().port(), "full10");
        assertThat(real).startsWith("accepted").doesNotHaveDuplicates();
        declare("empty10", Map.of());
        try (Fault rejected = proxy.faults()
                .rejectDeliveries(FaultScope.all().naming("/queues/empty10").nth(2))) {
            assertThat(outcomes(proxy.address().getPort(), "empty10")).isEqualTo(real);
            assertThat(rejected.count()).isOne();
        }
    }

    private static String detached(int port, String queue, AutoCloseable happens) throws Exception {
        try (Connection connection = connect(port);
                Session session = connection.createSession();
                MessageConsumer consumer = session.createConsumer(session.createQueue("/queues/" + queue))) {
            CompletableFuture<Exception> end = new CompletableFuture<>();
            consumer.setMessageListener(message -> {});
            connection.setExceptionListener(end::complete);
            happens.close();
            return end.get(2, TimeUnit.MINUTES).toString();
        }
    }

    @Test
    void aLinkIsDetachedAsByAQueueThatIsDeleted() throws Exception {
        declare("deleted10", Map.of());
        String real = detached(broker.login().port(), "deleted10", () -> delete("deleted10"));
        assertThat(real).contains("amqp:resource-deleted");
        declare("kept10", Map.of());
        FaultScope kept = FaultScope.all().naming("/queues/kept10");
        assertThat(detached(
                        proxy.address().getPort(),
                        "kept10",
                        () -> proxy.faults().detachLinks(kept, "amqp:resource-deleted", "")))
                .isEqualTo(real);
        assertThat(detached(
                        proxy.address().getPort(),
                        "kept10",
                        () -> proxy.faults().detachLinks(FaultScope.upstreams(), "amqp:resource-deleted", "")))
                .isEqualTo(real);
    }

    private interface Ending {
        void of(Session session) throws Exception;
    }

    /** What the next session gets when one ends that has got two of three messages and acknowledged one. */
    private static List<String> again(int port, String queue, Ending ending) throws Exception {
        with(channel -> channel.queueDeclare(queue, true, false, false, Map.of()));
        List<String> heard = new ArrayList<>();
        try (Connection connection = connect(port)) {
            Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
            Destination address = session.createQueue("/queues/" + queue);
            MessageProducer producer = session.createProducer(address);
            for (String text : List.of("a", "b", "c", "d")) {
                producer.send(session.createTextMessage(text));
            }
            MessageConsumer consumer = session.createConsumer(address);
            Message first = consumer.receive(30_000);
            heard.add(told(first));
            first.acknowledge();
            heard.add(told(consumer.receive(30_000)));
            heard.add(told(consumer.receive(30_000)));
            ending.of(session);
            Await.until("the session knows it", () -> hasEnded(session));
            with(channel -> Await.until("all is given back", () -> channel.messageCount(queue) == 3));
            Session next = connection.createSession(Session.AUTO_ACKNOWLEDGE);
            MessageConsumer after = next.createConsumer(address);
            for (int i = 0; i < 3; i++) {
                heard.add(told(after.receive(30_000)));
            }
        }
        delete(queue);
        return heard;
    }

    private static String told(Message message) throws JMSException {
        return ((TextMessage) message).getText() + (message.getJMSRedelivered() ? " again" : "");
    }

    private static boolean hasEnded(Session session) {
        try {
            session.createTextMessage();
            return false;
        } catch (JMSException closed) {
            return true;
        }
    }

    @Test
    void whatASessionHasNotAcknowledgedComesAgainInTheSameOrder() throws Exception {
        List<String> real = again(broker.login().port(), "again10", session -> {
            assertThatThrownBy(() -> session.createConsumer(session.createQueue("/queues/missing10")))
                    .isInstanceOf(JMSException.class); // It costs the session, and is not answered.
        });
        assertThat(real).startsWith("a", "b", "c").hasSize(6);
        Faults faults = proxy.faults();
        for (FaultScope scope : List.of(FaultScope.all(), FaultScope.upstreams())) {
            assertThat(again(
                            proxy.address().getPort(),
                            "again10",
                            session -> faults.endSessions(scope, "amqp:not-found", "no queue 'missing10'")))
                    .isEqualTo(real);
        }
    }

    private static String closed(int port, AutoCloseable happens) throws Exception {
        Connection connection = connect(port);
        connection.createSession();
        CompletableFuture<Exception> end = new CompletableFuture<>();
        connection.setExceptionListener(end::complete);
        happens.close();
        String heard = end.get(2, TimeUnit.MINUTES).toString();
        connection.close();
        return heard;
    }

    /** RabbitMQ says an internal error of it, and writes the text as Erlang does. */
    @Test
    void aConnectionIsClosedAsByTheBrokersOperator() throws Exception {
        String real = closed(broker.login().port(), () -> broker.ctl("close_all_connections", "on purpose"));
        assertThat(real).contains("amqp:internal-error");
        Faults faults = proxy.faults();
        String text = "Connection forced: <<\"on purpose\">>";
        assertThat(closed(
                        proxy.address().getPort(),
                        () -> faults.closeConnections(FaultScope.all(), "amqp:internal-error", text)))
                .isEqualTo(real);
    }
}
