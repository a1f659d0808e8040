package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Broker10;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.jspecify.annotations.Nullable;

/** What a program with Qpid JMS sees. */
final class JmsScenarios10 extends JmsStage10 {

    /**
     * It has no transactions, browsers and nodes for the asking, and for a link that fails it ends the session: JMS
     * waits. With a second receiver on a connection it sometimes lets JMS wait in vain, directly too.
     */
    private static final List<String> NOT_AT_RABBITMQ = List.of(
            "transactions",
            "a transaction that is left open",
            "a browser",
            "a shared subscription",
            "request and reply",
            "a queue that does not exist",
            "many sessions");

    private static final String DENIED = "a user without rights";

    private static final Map<String, Program<JmsScenarios10>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("messages of all kinds", JmsScenarios10::kinds);
        PROGRAMS.put("a connection for each message", JmsScenarios10::shortLived);
        PROGRAMS.put("acknowledged by the client, and recovered", JmsScenarios10::recovered);
        PROGRAMS.put("left without acknowledgement", JmsScenarios10::leftOpen);
        PROGRAMS.put("transactions", JmsScenarios10::transacted);
        PROGRAMS.put("a transaction that is left open", JmsScenarios10::transactionLeftOpen);
        PROGRAMS.put("a selector", JmsScenarios10::selector);
        PROGRAMS.put("a browser", JmsScenarios10::browser);
        PROGRAMS.put("request and reply", JmsScenarios10::requestReply);
        PROGRAMS.put("a listener", JmsScenarios10::listener);
        PROGRAMS.put("nothing to receive", JmsScenarios10::nothing);
        PROGRAMS.put("settled sends", JmsScenarios10::settled);
        PROGRAMS.put("a large message", JmsScenarios10::large);
        PROGRAMS.put("small frames", JmsScenarios10::smallFrames);
        PROGRAMS.put("a queue that does not exist", JmsScenarios10::unknown);
        PROGRAMS.put("a refused log-in", JmsScenarios10::refused);
        PROGRAMS.put("a client id twice", JmsScenarios10::clientIdTwice);
        PROGRAMS.put("a durable subscription", JmsScenarios10::durable);
        PROGRAMS.put("a shared subscription", JmsScenarios10::shared);
        PROGRAMS.put("many sessions", JmsScenarios10::manySessions);
        PROGRAMS.put(DENIED, JmsScenarios10::denied);
    }

    private JmsScenarios10(Broker10 broker, int port, String queue) {
        super(broker, port, queue);
    }

    /** Those that this broker can serve directly. */
    static List<String> names(Broker10.Kind kind) {
        List<String> names = names(PROGRAMS.keySet(), NOT_AT_RABBITMQ, kind);
        if (kind != Broker10.Kind.RABBITMQ_4) {
            names.remove(DENIED); // Everybody may do anything there.
        }
        return names;
    }

    /**
     * Runs a program at this port, the broker's or the proxy's.
     *
     * @return what it saw
     */
    static List<String> play(String name, Broker10 broker, int port, String queue) {
        return play(PROGRAMS.get(name), new JmsScenarios10(broker, port, queue));
    }

    private void kinds() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = producer(session);
            TextMessage text = session.createTextMessage("text \u00e4\u20ac");
            text.setStringProperty("colour", "red");
            text.setIntProperty("number", 5);
            text.setJMSCorrelationID("c-1");
            text.setJMSType("type");
            producer.send(text, DeliveryMode.NON_PERSISTENT, 7, 60_000);
            BytesMessage bytes = session.createBytesMessage();
            bytes.writeBytes(new byte[] {0, 1, -1});
            producer.send(bytes);
            MapMessage map = session.createMapMessage();
            map.setLong("long", 1L << 40);
            producer.send(map);
            producer.send(session.createObjectMessage("object"));
            producer.send(session.createMessage());
            MessageConsumer consumer = session.createConsumer(queue(session));
            for (int i = 0; i < 5; i++) {
                Message got = consumer.receive(WAIT);
                say(
                        got.getClass().getSimpleName(),
                        got.getJMSDeliveryMode(),
                        got.getJMSPriority(),
                        got.getJMSExpiration() > 0,
                        got.getJMSCorrelationID(),
                        got.getJMSType(),
                        got.getStringProperty("colour"),
                        got instanceof TextMessage t ? t.getText() : "",
                        got instanceof BytesMessage b ? b.getBodyLength() : "",
                        got instanceof MapMessage m ? m.getLong("long") : "");
            }
        }
    }

    private void shortLived() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (Connection connection = connect()) {
                send(connection.createSession(false, Session.AUTO_ACKNOWLEDGE), "m" + i);
            }
        }
        for (int i = 0; i < 5; i++) {
            try (Connection connection = connect()) {
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                take(session.createConsumer(queue(session)), 1);
            }
        }
    }

    private void recovered() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
            send(session, "one", "two");
            MessageConsumer consumer = session.createConsumer(queue(session));
            take(consumer, 2);
            session.recover();
            take(consumer, 1);
            Message last = consumer.receive(WAIT);
            say(text(last));
            last.acknowledge();
        }
        left(0);
    }

    private void leftOpen() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
            send(session, "one", "two");
            take(session.createConsumer(queue(session)), 2);
        }
        left(2);
    }

    private void transacted() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            send(session, "rolled back");
            session.rollback();
            send(session, "one", "two");
            session.commit();
            MessageConsumer consumer = session.createConsumer(queue(session));
            take(consumer, 2);
            session.rollback();
            take(consumer, 2);
            session.commit();
        }
        left(0);
    }

    private void transactionLeftOpen() throws Exception {
        try (Connection connection = connect()) {
            send(connection.createSession(false, Session.AUTO_ACKNOWLEDGE), "one");
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            take(session.createConsumer(queue(session)), 1);
            send(session, "never");
        }
        left(1);
    }

    private void selector() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = producer(session);
            for (String colour : List.of("red", "blue", "red")) {
                Message message = session.createTextMessage(colour);
                message.setStringProperty("colour", colour);
                producer.send(message);
            }
            take(session.createConsumer(queue(session), "colour = 'red'"), 2);
        }
        left(1);
    }

    private void browser() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "one", "two");
            QueueBrowser browser = session.createBrowser(queue(session));
            Enumeration<?> messages = browser.getEnumeration();
            while (messages.hasMoreElements()) {
                say(text((Message) messages.nextElement()));
            }
            browser.close();
        }
        left(2);
    }

    private void requestReply() throws Exception {
        try (Connection asker = connect();
                Connection answerer = connect()) {
            Session asking = asker.createSession(false, Session.AUTO_ACKNOWLEDGE);
            TemporaryQueue replies = asking.createTemporaryQueue();
            MessageConsumer consumer = asking.createConsumer(replies);
            TextMessage request = asking.createTextMessage("ask");
            request.setJMSReplyTo(replies);
            producer(asking).send(request);
            Session answering = answerer.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Message got = answering.createConsumer(queue(answering)).receive(WAIT);
            MessageProducer answers = lasting(answering.createProducer(null));
            answers.send(got.getJMSReplyTo(), answering.createTextMessage("answer"));
            take(consumer, 1);
            consumer.close();
            replies.delete();
        }
    }

    private void listener() throws Exception {
        int count = 300;
        BlockingQueue<String> got = new ArrayBlockingQueue<>(count + 1);
        try (Connection connection = connect()) {
            Session receiving = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            receiving.createConsumer(queue(receiving)).setMessageListener(message -> {
                try {
                    got.add(text(message));
                } catch (JMSException e) {
                    failed(e);
                }
            });
            Session sending = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = producer(sending);
            for (int i = 0; i < count; i++) {
                producer.send(sending.createTextMessage("m" + i));
            }
            boolean inOrder = true;
            for (int i = 0; i < count; i++) {
                inOrder &= ("m" + i).equals(got.poll(WAIT, TimeUnit.MILLISECONDS));
            }
            say("in order", inOrder);
        }
    }

    private void nothing() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(queue(session));
            say(consumer.receiveNoWait(), consumer.receive(100));
            send(session, "late");
            take(consumer, 1);
        }
    }

    private void settled() throws Exception {
        try (Connection connection =
                started(factory("&jms.presettlePolicy.presettleAll=true").createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "one", "two", "three");
        }
        left(3);
    }

    private void large() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "x".repeat(5_000_000));
        }
        left(1);
    }

    private void smallFrames() throws Exception {
        try (Connection connection = started(factory("&amqp.maxFrameSize=512").createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "y".repeat(20_000));
            take(session.createConsumer(queue(session)), 1);
        }
    }

    private void unknown() throws Exception {
        for (boolean sends : new boolean[] {true, false}) {
            try (Connection connection = connect()) {
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                Queue nowhere = session.createQueue(broker.address(queue + ".nowhere"));
                if (sends) {
                    session.createProducer(nowhere);
                } else {
                    session.createConsumer(nowhere);
                }
                say("there is one");
            } catch (JMSException e) {
                failed(e);
            }
        }
    }

    private void refused() {
        for (String user : List.of("guest", "nobody")) {
            try (Connection connection = started(factory("").createConnection(user, "wrong"))) {
                say("let in", connection.getClientID());
            } catch (JMSException e) {
                failed(e);
            }
        }
    }

    /** With a producer of its own for a queue JMS waits in vain where RabbitMQ ends the session. */
    private void denied() throws Exception {
        String user = RealClients10Test.POWERLESS;
        try (Connection connection = started(factory("").createConnection(user, user))) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = session.createProducer(null);
            producer.send(queue(session), session.createTextMessage("m"));
        } catch (JMSException e) {
            failed(e);
        }
    }

    private void clientIdTwice() throws Exception {
        try (Connection connection = factory("&jms.clientID=" + queue).createConnection()) {
            connection.start();
            try (Connection other = factory("&jms.clientID=" + queue).createConnection()) {
                other.start();
                say("let in");
            } catch (JMSException e) {
                failed(e);
            }
        }
    }

    private String topic() {
        return broker.kind() == Broker10.Kind.BROKER_J ? "amq.topic/" + queue : "topic-" + queue;
    }

    private void durable() throws Exception {
        JmsConnectionFactory factory = factory("&jms.clientID=" + queue);
        String name = topic();
        try (Connection connection = started(factory.createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Topic topic = session.createTopic(name);
            MessageProducer producer = lasting(session.createProducer(topic));
            MessageConsumer subscriber = session.createDurableSubscriber(topic, "subscription");
            producer.send(session.createTextMessage("one"));
            take(subscriber, 1);
        }
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            lasting(session.createProducer(session.createTopic(name))).send(session.createTextMessage("meanwhile"));
        }
        try (Connection connection = started(factory.createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer subscriber = session.createDurableSubscriber(session.createTopic(name), "subscription");
            take(subscriber, 1);
            subscriber.close();
            session.unsubscribe("subscription");
        }
    }

    private void shared() throws Exception {
        try (Connection first = connect();
                Connection second = connect()) {
            Session one = first.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Session other = second.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Topic topic = one.createTopic(topic());
            MessageConsumer here = one.createSharedConsumer(topic, queue);
            MessageConsumer there = other.createSharedConsumer(topic, queue);
            lasting(one.createProducer(topic)).send(one.createTextMessage("one of them"));
            @Nullable Message message = null;
            for (long passed = 0; message == null && passed < WAIT; passed += 100) {
                message = here.receive(50);
                message = message == null ? there.receive(50) : message;
            }
            say(text(message), "and", text(here.receive(100)), text(there.receive(100)));
        }
    }

    private void manySessions() throws Exception {
        try (Connection connection = connect()) {
            for (int i = 0; i < 30; i++) {
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                send(session, "m" + i);
                MessageConsumer consumer = session.createConsumer(queue(session));
                take(consumer, 1);
                consumer.close();
                if (i % 2 == 0) {
                    session.close();
                }
            }
        }
    }
}
