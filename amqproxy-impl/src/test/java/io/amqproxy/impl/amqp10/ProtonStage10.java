package io.amqproxy.impl.amqp10;

import io.amqproxy.testkit.Broker10;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Delivery;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.Tracker;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.apache.qpid.protonj2.client.exceptions.ClientLinkRemotelyClosedException;

/** A broker, or a proxy in front of it, and what a program with Qpid ProtonJ2 does there and notes down. */
abstract class ProtonStage10 extends ClientStage10 {

    static final int WAIT = 10_000;

    static final Client CLIENT = Client.create();

    final Broker10 broker;

    ProtonStage10(Broker10 broker, int port, String queue) {
        super(port, queue);
        this.broker = broker;
    }

    @Override
    void failed(String what, Exception failure) {
        say(what, what(failure));
    }

    static String what(Exception failure) {
        String name = failure.getClass().getSimpleName();
        return failure instanceof ClientLinkRemotelyClosedException closed && closed.getErrorCondition() != null
                ? name + ' ' + closed.getErrorCondition().condition()
                : name;
    }

    ConnectionOptions options() {
        ConnectionOptions options = new ConnectionOptions()
                .user("guest")
                .password("guest")
                .openTimeout(WAIT)
                .requestTimeout(WAIT)
                .sendTimeout(WAIT)
                .closeTimeout(WAIT);
        return broker.hostname() == null ? options : options.virtualHost(broker.hostname());
    }

    Connection connect() throws ClientException {
        return CLIENT.connect("127.0.0.1", port, options());
    }

    String address() {
        return broker.address(queue);
    }

    /** What is sent lasts as long as the broker lets it: Broker-J's store in memory refuses durable messages. */
    Message<String> message(String text) throws ClientException {
        return Message.create(text).durable(broker.kind() != Broker10.Kind.BROKER_J);
    }

    void send(Sender sender, String... texts) throws ClientException {
        for (String text : texts) {
            Tracker tracker = sender.send(message(text));
            tracker.awaitSettlement(WAIT, TimeUnit.MILLISECONDS);
            say("sent", text, outcome(tracker), tracker.remoteSettled());
        }
    }

    static String outcome(Tracker tracker) {
        return tracker.remoteState() == null
                ? "none"
                : tracker.remoteState().getType().toString();
    }

    void take(Receiver receiver, int count) throws ClientException {
        for (int i = 0; i < count; i++) {
            say("took", text(next(receiver)));
        }
    }

    static Delivery next(Receiver receiver) throws ClientException {
        Delivery delivery = receiver.receive(WAIT, TimeUnit.MILLISECONDS);
        if (delivery == null) {
            throw new IllegalStateException("nothing came");
        }
        return delivery;
    }

    static String text(Delivery delivery) throws ClientException {
        Message<String> message = delivery.message();
        return message.body();
    }

    /** Says what is left in the queue, and takes it. */
    void left(int count) throws Exception {
        try (Connection connection = connect()) {
            Receiver receiver = connection.openReceiver(address());
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Delivery delivery = next(receiver);
                texts.add(text(delivery) + (delivery.message().firstAcquirer() ? "" : " again"));
            }
            texts.sort(null);
            say("left", texts);
            say("more", receiver.receive(300, TimeUnit.MILLISECONDS) != null);
        }
    }
}
