package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Broker10;
import jakarta.jms.CompletionListener;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TemporaryTopic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a program with Qpid JMS sees that closes things in all orders, leaves much behind, or waits. */
final class JmsClosings10 extends JmsStage10 {

    /** Qpid JMS's own mode, and the property that says what an acknowledgement is. */
    private static final int INDIVIDUAL = 101;

    private static final String ACK_TYPE = "JMS_AMQP_ACK_TYPE";

    /** It has no nodes for the asking, and says no to a virtual host by closing the socket. */
    private static final List<String> NOT_AT_RABBITMQ = List.of("a topic of its own", "an unknown virtual host");

    private static final Map<String, Program<JmsClosings10>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("one by one", JmsClosings10::oneByOne);
        PROGRAMS.put("prefetched messages go back", JmsClosings10::prefetched);
        PROGRAMS.put("all kinds of acknowledgement", JmsClosings10::acknowledgements);
        PROGRAMS.put("closed from the inside", JmsClosings10::fromTheInside);
        PROGRAMS.put("closed from the outside", JmsClosings10::fromTheOutside);
        PROGRAMS.put("closed while it receives", JmsClosings10::whileReceiving);
        PROGRAMS.put("closed while it sends", JmsClosings10::whileSending);
        PROGRAMS.put("sends that complete later", JmsClosings10::completions);
        PROGRAMS.put("a producer for any queue", JmsClosings10::anyQueue);
        PROGRAMS.put("a topic of its own", JmsClosings10::temporaryTopic);
        PROGRAMS.put("many connections", JmsClosings10::manyConnections);
        PROGRAMS.put("silence", JmsClosings10::silence);
        PROGRAMS.put("an unknown virtual host", JmsClosings10::unknownHost);
    }

    private JmsClosings10(Broker10 broker, int port, String queue) {
        super(broker, port, queue);
    }

    /** Those that this broker can serve directly. */
    static List<String> names(Broker10.Kind kind) {
        return names(PROGRAMS.keySet(), NOT_AT_RABBITMQ, kind);
    }

    /**
     * Runs a program at this port, the broker's or the proxy's.
     *
     * @return what it saw
     */
    static List<String> play(String name, Broker10 broker, int port, String queue) {
        return play(PROGRAMS.get(name), new JmsClosings10(broker, port, queue));
    }

    private void oneByOne() throws Exception {
        try (Connection connection =
                started(factory("&jms.prefetchPolicy.all=0").createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, texts(5));
            MessageConsumer consumer = session.createConsumer(queue(session));
            take(consumer, 3);
            MessageConsumer other = session.createConsumer(queue(session));
            take(other, 2);
            say(text(consumer.receiveNoWait()), text(other.receive(100)));
        }
        left(0);
    }

    private void prefetched() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, texts(20));
            MessageConsumer consumer = session.createConsumer(queue(session));
            take(consumer, 5);
            consumer.close();
            take(session.createConsumer(queue(session)), 5);
        }
        left(10);
    }

    private void acknowledgements() throws Exception {
        // Without credit of its own the consumer does not get again what is given back.
        try (Connection connection =
                started(factory("&jms.prefetchPolicy.all=0").createConnection())) {
            Session session = connection.createSession(INDIVIDUAL);
            send(session, "accepted", "rejected", "released", "failed", "failed here");
            MessageConsumer consumer = session.createConsumer(queue(session));
            List<Message> messages = new ArrayList<>();
            for (int type = 1; type <= 5; type++) {
                messages.add(consumer.receive(WAIT));
            }
            for (int type = 1; type <= 5; type++) {
                messages.get(type - 1).setIntProperty(ACK_TYPE, type);
                messages.get(type - 1).acknowledge();
            }
        }
        List<String> again = new ArrayList<>();
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "last");
            MessageConsumer consumer = session.createConsumer(queue(session));
            for (Message message = consumer.receive(WAIT);
                    message != null && !text(message).equals("last");
                    message = consumer.receive(WAIT)) {
                again.add(text(message) + ' ' + message.getIntProperty("JMSXDeliveryCount"));
            }
        }
        again.sort(null);
        say("again", again);
    }

    private void fromTheInside() throws Exception {
        Connection connection = connect();
        Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        send(session, "one", "two");
        MessageConsumer consumer = session.createConsumer(queue(session));
        Message message = consumer.receive(WAIT);
        consumer.close();
        message.acknowledge();
        session.close();
        Session next = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        take(next.createConsumer(queue(next)), 1);
        connection.close();
        left(0);
    }

    private void fromTheOutside() throws Exception {
        Connection connection = connect();
        Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        MessageProducer producer = producer(session);
        producer.send(session.createTextMessage("one"));
        MessageConsumer consumer = session.createConsumer(queue(session));
        Message message = consumer.receive(WAIT);
        connection.close();
        session.close();
        producer.close();
        consumer.close();
        try {
            message.acknowledge();
            say("acknowledged");
        } catch (JMSException e) {
            failed(e);
        }
        left(1);
    }

    private void whileReceiving() throws Exception {
        BlockingQueue<String> seen = new ArrayBlockingQueue<>(2);
        Connection connection = connect();
        for (boolean ofSession : new boolean[] {false, true}) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(queue(session));
            Thread receiver = new Thread(() -> {
                try {
                    seen.add(text(consumer.receive(WAIT)));
                } catch (JMSException e) {
                    seen.add(e.getClass().getSimpleName());
                }
            });
            receiver.start();
            Await.until("it waits", () -> receiver.getState() == Thread.State.TIMED_WAITING);
            if (ofSession) {
                session.close();
            } else {
                consumer.close();
            }
            say(seen.poll(WAIT, TimeUnit.MILLISECONDS));
            receiver.join();
        }
        connection.close();
    }

    private void whileSending() throws Exception {
        try (Connection connection = started(factory("&jms.forceAsyncSend=true").createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = producer(session);
            for (String text : texts(200)) {
                producer.send(session.createTextMessage(text));
            }
            session.close();
        }
        left(200);
    }

    private void completions() throws Exception {
        BlockingQueue<String> seen = new ArrayBlockingQueue<>(100);
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = producer(session);
            for (String text : texts(50)) {
                producer.send(session.createTextMessage(text), new CompletionListener() {
                    @Override
                    public void onCompletion(Message message) {
                        seen.add("completed");
                    }

                    @Override
                    public void onException(Message message, Exception exception) {
                        seen.add(exception.getClass().getSimpleName());
                    }
                });
            }
            session.close(); // It waits for all of them.
        }
        seen.forEach(this::say);
        left(50);
    }

    private void anyQueue() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageProducer producer = lasting(session.createProducer(null));
            for (String text : texts(5)) {
                producer.send(queue(session), session.createTextMessage(text));
            }
            producer.close();
            take(session.createConsumer(queue(session)), 5);
        }
        left(0);
    }

    private void temporaryTopic() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            TemporaryTopic topic = session.createTemporaryTopic();
            MessageConsumer one = session.createConsumer(topic);
            MessageConsumer other = session.createConsumer(topic);
            lasting(session.createProducer(topic)).send(session.createTextMessage("for both"));
            take(one, 1);
            take(other, 1);
            try {
                topic.delete();
                say("deleted");
            } catch (JMSException e) {
                failed(e);
            }
        }
    }

    private void manyConnections() throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (String text : texts(30)) {
            Connection connection = connect();
            connections.add(connection);
            send(connection.createSession(false, Session.AUTO_ACKNOWLEDGE), text);
        }
        for (Connection connection : connections) {
            connection.close();
        }
        left(30);
    }

    private void silence() throws Exception {
        try (Connection connection = started(factory("&amqp.idleTimeout=2000").createConnection())) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(session, "one");
            MessageConsumer consumer = session.createConsumer(queue(session));
            take(consumer, 1);
            say(text(consumer.receive(5_000))); // Longer than the time-out that it announces.
            send(session, "two");
            take(consumer, 1);
        }
    }

    private void unknownHost() {
        String vhost = broker.hostname() == null ? "" : "&amqp.vhost=nowhere";
        try (Connection connection = started(factory(vhost).createConnection())) {
            say("let in", connection.getMetaData() != null);
        } catch (JMSException e) {
            failed(e);
        }
    }
}
