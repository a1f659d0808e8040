package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Broker10;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ClientOptions;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.DeliveryMode;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.OutputStreamOptions;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.ReceiverOptions;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.SenderOptions;
import org.apache.qpid.protonj2.client.Session;
import org.apache.qpid.protonj2.client.StreamDelivery;
import org.apache.qpid.protonj2.client.StreamReceiver;
import org.apache.qpid.protonj2.client.StreamSender;
import org.apache.qpid.protonj2.client.StreamSenderMessage;
import org.apache.qpid.protonj2.client.Tracker;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/** What a program with Qpid ProtonJ2 sees. */
final class ProtonScenarios10 extends ProtonStage10 {

    private static final int LARGE = 3_000_000;
    private static final int CHUNK = 100_000;
    /** A message behind all that come again. */
    private static final String LAST = "last";

    /**
     * It has neither transactions nor dynamic nodes nor topics, and ends the session where others detach a link, and
     * for a delivery that is aborted. The proxy passes none on, and so is better.
     */
    private static final List<String> NOT_AT_RABBITMQ = List.of(
            "transactions",
            "a transaction that is left open",
            "request and reply",
            "a durable subscription",
            "a large message that is given up",
            "a queue that does not exist");

    private static final String DENIED = "a user without rights";

    private static final Map<String, Program<ProtonScenarios10>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("sends in all modes", ProtonScenarios10::modes);
        PROGRAMS.put("a connection for each message", ProtonScenarios10::shortLived);
        PROGRAMS.put("all outcomes", ProtonScenarios10::outcomes);
        PROGRAMS.put("settled by the sender only", ProtonScenarios10::settledLater);
        PROGRAMS.put("left without acknowledgement", ProtonScenarios10::leftOpen);
        PROGRAMS.put("credit by hand, and drained", ProtonScenarios10::drained);
        PROGRAMS.put("transactions", ProtonScenarios10::transacted);
        PROGRAMS.put("a transaction that is left open", ProtonScenarios10::transactionLeftOpen);
        PROGRAMS.put("request and reply", ProtonScenarios10::requestReply);
        PROGRAMS.put("a durable subscription", ProtonScenarios10::durable);
        PROGRAMS.put("a large message", ProtonScenarios10::large);
        PROGRAMS.put("a large message that is given up", ProtonScenarios10::aborted);
        PROGRAMS.put("small frames", ProtonScenarios10::smallFrames);
        PROGRAMS.put("a queue that does not exist", ProtonScenarios10::unknown);
        PROGRAMS.put("a refused log-in", ProtonScenarios10::refused);
        PROGRAMS.put(DENIED, ProtonScenarios10::denied);
    }

    private ProtonScenarios10(Broker10 broker, int port, String queue) {
        super(broker, port, queue);
    }

    /** Those that this broker can serve directly. */
    static List<String> names(Broker10.Kind kind) {
        List<String> names = names(PROGRAMS.keySet(), NOT_AT_RABBITMQ, kind);
        if (kind == Broker10.Kind.ARTEMIS) {
            names.remove("a queue that does not exist"); // It makes one.
        }
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
        return play(PROGRAMS.get(name), new ProtonScenarios10(broker, port, queue));
    }

    private void modes() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), "one", "two");
            Sender settled =
                    connection.openSender(address(), new SenderOptions().deliveryMode(DeliveryMode.AT_MOST_ONCE));
            Tracker tracker = settled.send(message("settled"));
            tracker.awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
            say("settled", tracker.settled());
            settled.close();
            Sender last = connection.openSender(address());
            List<Tracker> many = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                many.add(last.send(message("m" + i)));
            }
            for (Tracker one : many) {
                one.awaitAccepted(WAIT, TimeUnit.MILLISECONDS);
            }
            take(connection.openReceiver(address()), 53);
        }
        left(0);
    }

    private void shortLived() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (Connection connection = connect()) {
                send(connection.openSender(address()), "m" + i);
            }
        }
        for (int i = 0; i < 5; i++) {
            try (Connection connection = connect()) {
                take(connection.openReceiver(address(), new ReceiverOptions().creditWindow(1)), 1);
            }
        }
    }

    private void outcomes() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), "accepted", "released", "modified", "rejected");
            Receiver receiver = connection.openReceiver(
                    address(), new ReceiverOptions().creditWindow(0).autoAccept(false));
            receiver.addCredit(4);
            List<Delivery> deliveries = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                deliveries.add(next(receiver));
            }
            deliveries.get(0).accept();
            deliveries.get(1).release();
            deliveries.get(2).modified(true, false);
            deliveries.get(3).reject("test:reject", "it is not wanted");
            receiver.close();
            send(connection.openSender(address()), LAST);
            Receiver again = connection.openReceiver(address(), new ReceiverOptions().creditWindow(2));
            List<String> texts = new ArrayList<>();
            for (Delivery delivery = next(again); !text(delivery).equals(LAST); delivery = next(again)) {
                texts.add(text(delivery) + ' ' + delivery.message().deliveryCount());
            }
            texts.sort(null);
            say("again", texts);
        }
    }

    private void settledLater() throws Exception {
        try (Connection connection = connect()) {
            Sender sender = connection.openSender(address(), new SenderOptions().autoSettle(false));
            Tracker tracker = sender.send(message("one"));
            tracker.settlementFuture().get(WAIT, TimeUnit.MILLISECONDS);
            say(outcome(tracker), tracker.settled());
            tracker.settle();
            Await.until("settled", tracker::settled); // on the client's own thread
            Receiver receiver = connection.openReceiver(
                    address(), new ReceiverOptions().autoAccept(false).autoSettle(false));
            Delivery delivery = next(receiver);
            say(text(delivery), delivery.settled());
            delivery.accept();
            delivery.settle();
            Await.until("settled", delivery::settled);
        }
        left(0);
    }

    private void leftOpen() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), "one", "two");
            Receiver receiver = connection.openReceiver(
                    address(), new ReceiverOptions().creditWindow(2).autoAccept(false));
            take(receiver, 2);
        }
        left(2);
    }

    private void drained() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), "one", "two");
            Receiver receiver = connection.openReceiver(address(), new ReceiverOptions().creditWindow(0));
            receiver.addCredit(10);
            take(receiver, 2);
            receiver.drain().get(WAIT, TimeUnit.MILLISECONDS);
            send(connection.openSender(address()), "three");
            say("without credit", receiver.receive(300, TimeUnit.MILLISECONDS) != null);
            receiver.addCredit(1);
            take(receiver, 1);
        }
    }

    private void transacted() throws Exception {
        try (Connection connection = connect()) {
            Session session = connection.openSession();
            Sender sender = session.openSender(address());
            session.beginTransaction();
            sender.send(message("rolled back"));
            session.rollbackTransaction();
            session.beginTransaction();
            sender.send(message("one"));
            sender.send(message("two"));
            session.commitTransaction();
            Receiver receiver = session.openReceiver(address());
            session.beginTransaction();
            take(receiver, 2);
            session.commitTransaction();
        }
        left(0);
    }

    private void transactionLeftOpen() throws Exception {
        try (Connection connection = connect()) {
            send(connection.openSender(address()), "one");
            Session session = connection.openSession();
            session.beginTransaction();
            session.openSender(address()).send(message("never"));
            take(session.openReceiver(address(), new ReceiverOptions().creditWindow(1)), 1);
        }
        left(1);
    }

    private void requestReply() throws Exception {
        try (Connection asking = connect();
                Connection answering = connect()) {
            Receiver replies = asking.openDynamicReceiver();
            asking.openSender(address())
                    .send(message("question").replyTo(replies.address()).correlationId("c1"))
                    .awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
            Delivery question = next(answering.openReceiver(address()));
            Message<String> asked = question.message();
            answering
                    .openAnonymousSender()
                    .send(message("answer").to(asked.replyTo()).correlationId(String.valueOf(asked.correlationId())))
                    .awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
            Delivery answer = next(replies);
            say(text(answer), answer.message().correlationId());
        }
    }

    private void durable() throws Exception {
        String topic = broker.kind() == Broker10.Kind.BROKER_J ? "amq.topic/" + queue : "topic-" + queue;
        String container = "container-" + UUID.randomUUID();
        ReceiverOptions options = new ReceiverOptions();
        options.sourceOptions().capabilities("topic");
        try (Client client = Client.create(new ClientOptions().id(container))) {
            try (Connection connection = client.connect("127.0.0.1", port, options())) {
                connection
                        .openDurableReceiver(topic, "subscription", options)
                        .openFuture()
                        .get();
            }
            try (Connection connection = connect()) {
                SenderOptions toTopic = new SenderOptions();
                toTopic.targetOptions().capabilities("topic");
                send(connection.openSender(topic, toTopic), "meanwhile");
            }
            try (Connection connection = client.connect("127.0.0.1", port, options())) {
                Receiver receiver = connection.openDurableReceiver(topic, "subscription", options);
                take(receiver, 1);
                receiver.close();
                say("closed");
            }
        }
    }

    private static byte octet(int i) {
        return (byte) (i * 31 + i / 1000);
    }

    private StreamSenderMessage begin(StreamSender sender, int octets) throws Exception {
        StreamSenderMessage message = sender.beginMessage();
        message.durable(broker.kind() != Broker10.Kind.BROKER_J);
        OutputStream out = message.body(new OutputStreamOptions().bodyLength(LARGE));
        byte[] chunk = new byte[CHUNK];
        for (int at = 0; at < octets; at += CHUNK) {
            for (int i = 0; i < CHUNK; i++) {
                chunk[i] = octet(at + i);
            }
            out.write(chunk);
            out.flush();
        }
        if (octets == LARGE) {
            out.close();
        }
        return message;
    }

    private void large() throws Exception {
        try (Connection connection = connect()) {
            StreamSender sender = connection.openStreamSender(address());
            StreamSenderMessage message = begin(sender, LARGE);
            message.tracker().awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
            say("sent", message.completed());
            StreamReceiver receiver = connection.openStreamReceiver(address());
            StreamDelivery delivery = receiver.receive(WAIT, TimeUnit.MILLISECONDS);
            try (InputStream in = delivery.message().body()) {
                byte[] octets = in.readAllBytes();
                boolean isSame = octets.length == LARGE;
                for (int i = 0; isSame && i < LARGE; i++) {
                    isSame = octets[i] == octet(i);
                }
                say("took", octets.length, isSame);
            }
        }
        left(0);
    }

    private void aborted() throws Exception {
        try (Connection connection = connect()) {
            StreamSender sender = connection.openStreamSender(address());
            say("aborted", begin(sender, LARGE / 2).abort().aborted());
            sender.send(message("after")).awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
        }
        left(1);
    }

    private void smallFrames() throws Exception {
        try (Connection connection = CLIENT.connect("127.0.0.1", port, options().maxFrameSize(1024))) {
            String text = "0123456789".repeat(5_000);
            connection.openSender(address()).send(message(text)).awaitAccepted(WAIT, TimeUnit.MILLISECONDS);
            say("same", text.equals(text(next(connection.openReceiver(address())))));
        }
    }

    private void unknown() throws Exception {
        try (Connection connection = connect()) {
            for (boolean isSender : List.of(true, false)) {
                try {
                    if (isSender) {
                        connection.openSender("nowhere").openFuture().get(WAIT, TimeUnit.MILLISECONDS);
                        connection
                                .openSender("nowhere")
                                .send(message("lost"))
                                .awaitAccepted(WAIT, TimeUnit.MILLISECONDS);
                    } else {
                        connection.openReceiver("nowhere").receive(WAIT, TimeUnit.MILLISECONDS);
                    }
                    say("there is one");
                } catch (ClientException missing) {
                    say(what(missing));
                } catch (ExecutionException missing) {
                    say(missing.getCause() instanceof ClientException cause ? what(cause) : missing);
                }
            }
        }
    }

    private void refused() throws Exception {
        for (String user : List.of("guest", "nobody")) {
            try (Connection connection =
                    CLIENT.connect("127.0.0.1", port, options().user(user).password("wrong"))) {
                connection.openFuture().get(WAIT, TimeUnit.MILLISECONDS);
                say("let in");
            } catch (ExecutionException refusal) {
                say(Objects.requireNonNull(refusal.getCause()).getClass().getSimpleName());
            }
        }
    }

    private void denied() throws Exception {
        ConnectionOptions powerless =
                options().user(RealClients10Test.POWERLESS).password(RealClients10Test.POWERLESS);
        try (Connection connection = CLIENT.connect("127.0.0.1", port, powerless)) {
            String address = broker.address(queue);
            for (Future<?> link : List.of(
                    connection.openSession().openSender(address).openFuture(),
                    connection.openSession().openReceiver(address).openFuture())) {
                try {
                    link.get(WAIT, TimeUnit.MILLISECONDS);
                    say("let in");
                } catch (ExecutionException refusal) {
                    say(Objects.requireNonNull(refusal.getCause()).getMessage());
                }
            }
        }
    }
}
