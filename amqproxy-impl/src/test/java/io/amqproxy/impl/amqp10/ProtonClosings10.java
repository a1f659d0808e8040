package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Broker10;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DistributionMode;
import org.apache.qpid.protonj2.client.ErrorCondition;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.Session;
import org.apache.qpid.protonj2.client.Tracker;
import org.apache.qpid.protonj2.client.exceptions.ClientConnectionRemotelyClosedException;
import org.apache.qpid.protonj2.types.Symbol;

/** What a program with Qpid ProtonJ2 sees that closes things in all orders, leaves much behind, or waits. */
final class ProtonClosings10 extends ProtonStage10 {

    private static final ErrorCondition OWN = ErrorCondition.create("test:own", "it has had enough");

    /** It looks for no selectors, browses no classic queues, and says no to a virtual host by closing the socket. */
    private static final List<String> NOT_AT_RABBITMQ = List.of("a browser", "a selector", "an unknown virtual host");

    private static final Map<String, Program<ProtonClosings10>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("one by one", ProtonClosings10::oneByOne);
        PROGRAMS.put("prefetched messages go back", ProtonClosings10::prefetched);
        PROGRAMS.put("a browser", ProtonClosings10::browser);
        PROGRAMS.put("a selector", ProtonClosings10::selector);
        PROGRAMS.put("a sender for any queue", ProtonClosings10::anyQueue);
        PROGRAMS.put("closed from the inside", ProtonClosings10::fromTheInside);
        PROGRAMS.put("closed from the outside", ProtonClosings10::fromTheOutside);
        PROGRAMS.put("closed with errors of its own", ProtonClosings10::withErrors);
        PROGRAMS.put("detached", ProtonClosings10::detached);
        PROGRAMS.put("many sessions and links", ProtonClosings10::manySessions);
        PROGRAMS.put("many connections", ProtonClosings10::manyConnections);
        PROGRAMS.put("silence", ProtonClosings10::silence);
        PROGRAMS.put("an unknown virtual host", ProtonClosings10::unknownHost);
    }

    private ProtonClosings10(Broker10 broker, int port, String queue) {
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
        return play(PROGRAMS.get(name), new ProtonClosings10(broker, port, queue));
    }

    private static ReceiverOptions window(int credit) {
        return new ReceiverOptions().creditWindow(credit);
    }

    private void oneByOne() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), texts(5));
            Receiver receiver = connection.openReceiver(address(), window(0));
            for (int i = 0; i < 3; i++) {
                receiver.addCredit(1);
                take(receiver, 1);
                say("more", receiver.receive(100, TimeUnit.MILLISECONDS) != null);
            }
            receiver.close();
            for (int i = 0; i < 2; i++) {
                try (Receiver one = connection.openReceiver(address(), window(1))) {
                    take(one, 1);
                }
            }
        }
        left(0);
    }

    private void prefetched() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), texts(20));
            // With a window it would ask for more at times of its own.
            Receiver receiver = connection.openReceiver(address(), window(0)).addCredit(10);
            take(receiver, 5);
            receiver.close();
            try (Receiver next = connection.openReceiver(address(), window(0)).addCredit(5)) {
                take(next, 5);
            }
        }
        left(10);
    }

    private void browser() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), "one", "two");
            ReceiverOptions options = window(10);
            options.sourceOptions().distributionMode(DistributionMode.COPY);
            take(connection.openReceiver(address(), options), 2);
        }
        left(2);
    }

    private void selector() throws Exception {
        try (Connection connection = connect()) {
            Sender sender = connection.openSender(address());
            for (String colour : List.of("red", "blue", "red")) {
                sender.send(message(colour).property("colour", colour)).awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
            }
            ReceiverOptions options = window(10);
            options.sourceOptions()
                    .addFilter("jms-selector", Symbol.valueOf("apache.org:selector-filter:string"), "colour = 'red'");
            Receiver receiver = connection.openReceiver(address(), options);
            take(receiver, 2);
            say("more", receiver.receive(100, TimeUnit.MILLISECONDS) != null);
        }
        left(1);
    }

    private void anyQueue() throws Exception {
        try (Connection connection = connect()) {
            Sender sender = connection.openAnonymousSender();
            for (String text : texts(5)) {
                Tracker tracker = sender.send(message(text).to(address()));
                tracker.awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
                say(outcome(tracker));
            }
            take(connection.openReceiver(address()), 5);
        }
        left(0);
    }

    /** A message is received on a link, and accepted after that is closed. */
    private void fromTheInside() throws Exception {
        Connection connection = connect();
        Session session = connection.openSession();
        Sender sender = session.openSender(address());
        send(sender, "one", "two");
        Receiver receiver = session.openReceiver(address(), window(1).autoAccept(false));
        say(text(next(receiver)));
        receiver.close();
        sender.close();
        session.close();
        Session other = connection.openSession();
        take(other.openReceiver(address(), window(1)), 1);
        other.close();
        connection.close();
        left(1);
    }

    private void fromTheOutside() throws Exception {
        Connection connection = connect();
        Session session = connection.openSession();
        Sender sender = session.openSender(address());
        send(sender, "one");
        Receiver receiver = session.openReceiver(address(), window(1).autoAccept(false));
        Delivery delivery = next(receiver);
        connection.close();
        session.close();
        receiver.close();
        sender.close();
        try {
            delivery.accept();
            say("accepted");
        } catch (Exception e) {
            say(what(e));
        }
        left(1);
    }

    private void withErrors() throws Exception {
        Connection connection = connect();
        Session session = connection.openSession();
        Sender sender = session.openSender(address());
        send(sender, "one");
        sender.close(OWN);
        Receiver receiver = session.openReceiver(address(), window(1).autoAccept(false));
        say(text(next(receiver)));
        receiver.close(OWN);
        say("open", session.openSender(address()).openFuture().get() != null);
        session.close(OWN);
        take(connection.openReceiver(address(), window(1)), 1);
        connection.close(OWN);
        left(0);
    }

    private void detached() throws Exception {
        try (Connection connection = connect()) {
            Sender sender = connection.openSender(address());
            send(sender, "one", "two");
            sender.detach();
            Receiver receiver = connection.openReceiver(address(), window(1));
            take(receiver, 1);
            receiver.detach();
            take(connection.openReceiver(address(), window(1)), 1);
        }
        left(0);
    }

    private void manySessions() throws Exception {
        try (Connection connection = connect()) {
            List<Session> sessions = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Session session = connection.openSession();
                sessions.add(session);
                for (int k = 0; k < 4; k++) {
                    send(session.openSender(address()), i + "." + k);
                }
            }
            for (Session session : sessions) {
                Receiver receiver = session.openReceiver(address(), window(4));
                take(receiver, 4);
                receiver.close();
            }
        }
        left(0);
    }

    private void manyConnections() throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            connections.add(connect());
        }
        for (Connection connection : connections) {
            send(connection.openSender(address()), "m");
        }
        for (Connection connection : connections) {
            Receiver receiver = connection.openReceiver(address(), window(1));
            take(receiver, 1);
            connection.close();
        }
        left(0);
    }

    private void silence() throws Exception {
        try (Connection connection = CLIENT.connect("127.0.0.1", port, options().idleTimeout(2_000))) {
            Receiver receiver = connection.openReceiver(address());
            say("nothing", receiver.receive(5, TimeUnit.SECONDS) == null); // Longer than the time-out.
            send(connection.openSender(address()), "one");
            take(receiver, 1);
        }
    }

    private void unknownHost() throws Exception {
        try (Connection connection = CLIENT.connect("127.0.0.1", port, options().virtualHost("nowhere"))) {
            connection.openFuture().get(WAIT, TimeUnit.MILLISECONDS);
            connection.openSender(address()).openFuture().get(WAIT, TimeUnit.MILLISECONDS);
            say("let in");
        } catch (ExecutionException refusal) {
            say(Objects.requireNonNull(refusal.getCause()).getClass().getSimpleName());
        } catch (ClientConnectionRemotelyClosedException refusal) {
            say(refusal.getClass().getSimpleName());
        }
    }
}
