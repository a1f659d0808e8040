package io.amqproxy.impl.amqp10;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Where a scenario is played, directly at the broker or through a proxy, and what was heard there. */
final class Stage10 implements AutoCloseable {

    private static final AtomicInteger QUEUES = new AtomicInteger();

    private final int port;
    private final int brokerPort;
    private final boolean isRabbitMq;
    private final int patience;
    private final Connection connection;
    private final Channel channel;
    private final List<String> transcript = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final List<Peer10> peers = new ArrayList<>();

    Stage10(int port, int brokerPort, boolean isRabbitMq, int patience) throws Exception {
        this.patience = patience;
        this.port = port;
        this.brokerPort = brokerPort;
        this.isRabbitMq = isRabbitMq;
        ConnectionFactory factory = JavaClients.factory();
        factory.setPort(brokerPort);
        connection = factory.newConnection();
        channel = connection.createChannel();
    }

    boolean isRabbitMq() {
        return isRabbitMq;
    }

    /** A new client without a word said. */
    Peer10 peer(String name) throws IOException {
        Peer10 peer = new Peer10(port, name, transcript, patience);
        peers.add(peer);
        return peer;
    }

    Peer10 open(String name) throws IOException {
        return peer(name).open();
    }

    /** The address of a new queue with so many messages. */
    String queue(int messages) throws IOException {
        String queue = "ten" + QUEUES.incrementAndGet();
        names.add(queue);
        channel.queueDeclare(queue, false, false, false, Map.of());
        if (messages > 0) {
            fill(address(queue), messages);
        }
        return address(queue);
    }

    /** Broker-J does not convert messages of 0-9-1. */
    private void fill(String address, int messages) throws IOException {
        try (Peer10 filler = new Peer10(brokerPort, "filler", new ArrayList<>(), patience)
                .open()
                .begin(0)) {
            filler.attachSender(0, 0, "filler", address);
            filler.hear(Wire10.ATTACH);
            for (int i = 0; i < messages; i++) {
                filler.transfer(0, 0, i, false, false, Peer10.message("m" + i));
            }
            filler.outcomes(messages);
        }
    }

    String address(String queue) {
        return isRabbitMq ? "/queues/" + queue : queue;
    }

    /** Takes so many messages out of the last queue, if they come, and whatever else is there, and writes them down. */
    void left(int messages) throws IOException {
        String queue = names.get(names.size() - 1);
        List<String> got = new ArrayList<>();
        try (Peer10 taker = new Peer10(brokerPort, "taker", new ArrayList<>(), patience)
                .open()
                .begin(0)) {
            taker.attachReceiver(0, 0, "taker", address(queue));
            taker.hear(Wire10.ATTACH);
            taker.credit(0, 0, 0, 1000);
            got.addAll(taker.takeAll(messages));
            taker.closeInOrder();
        }
        transcript.add("left " + got);
    }

    void note(String what) {
        transcript.add(what);
    }

    List<String> transcript() {
        List<String> lines = new ArrayList<>();
        for (String line : transcript) {
            String text = line;
            for (int i = 0; i < names.size(); i++) {
                text = text.replace(names.get(i), "Q" + i);
            }
            lines.add(text);
        }
        return lines;
    }

    @Override
    public void close() throws IOException {
        for (Peer10 peer : peers) {
            peer.close();
        }
        for (String queue : names) {
            channel.queueDelete(queue);
        }
        connection.close();
    }
}
