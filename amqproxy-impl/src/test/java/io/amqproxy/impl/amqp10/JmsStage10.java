package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Broker10;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.jspecify.annotations.Nullable;

/** A broker, or a proxy in front of it, and what a program with Qpid JMS does there and notes down. */
abstract class JmsStage10 extends ClientStage10 {

    static final long WAIT = 10_000;

    final Broker10 broker;

    JmsStage10(Broker10 broker, int port, String queue) {
        super(port, queue);
        this.broker = broker;
    }

    /** Texts name hosts and containers, and RabbitMQ's processes: what counts is the exception, and the condition. */
    void failed(Exception failure) {
        failed("", failure);
    }

    @Override
    void failed(String what, Exception failure) {
        String text = String.valueOf(failure.getMessage());
        int condition = text.indexOf("condition = ");
        say(
                what,
                failure.getClass().getSimpleName(),
                condition < 0 ? "" : text.substring(condition).replaceAll("].*", ""));
    }

    JmsConnectionFactory factory(String options) {
        String vhost = broker.hostname() == null ? "" : "&amqp.vhost=" + broker.hostname();
        return new JmsConnectionFactory(
                "guest", "guest", "amqp://127.0.0.1:" + port + "?jms.requestTimeout=10000" + vhost + options);
    }

    Connection connect() throws JMSException {
        return started(factory("").createConnection());
    }

    static Connection started(Connection connection) throws JMSException {
        connection.start();
        return connection;
    }

    Queue queue(Session session) throws JMSException {
        return session.createQueue(broker.address(queue));
    }

    MessageProducer producer(Session session) throws JMSException {
        return lasting(session.createProducer(queue(session)));
    }

    /** What is sent lasts as long as the broker lets it: Broker-J's store in memory refuses durable messages. */
    MessageProducer lasting(MessageProducer producer) throws JMSException {
        producer.setDeliveryMode(
                broker.kind() == Broker10.Kind.BROKER_J ? DeliveryMode.NON_PERSISTENT : DeliveryMode.PERSISTENT);
        return producer;
    }

    void send(Session session, String... texts) throws JMSException {
        MessageProducer producer = producer(session);
        for (String text : texts) {
            producer.send(session.createTextMessage(text));
        }
        producer.close();
    }

    void take(MessageConsumer consumer, int count) throws JMSException {
        for (int i = 0; i < count; i++) {
            say(text(consumer.receive(WAIT)));
        }
    }

    static String text(@Nullable Message message) throws JMSException {
        return message instanceof TextMessage text
                ? (text.getText().length() > 100 ? text.getText().length() + " characters" : text.getText())
                        + (text.getJMSRedelivered() ? " again" : "")
                : String.valueOf(message);
    }

    /** What is in the queue in the end. */
    void left(int count) throws JMSException {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(queue(session));
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                texts.add(text(consumer.receive(WAIT)));
            }
            Collections.sort(texts);
            say("left", texts);
            Message more = consumer.receive(200);
            if (more != null) {
                say("and", text(more));
            }
        }
    }
}
