package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.BrokerQueue.Message;
import io.amqproxy.impl.pool.Frames.Heard;
import io.amqproxy.testkit.JavaClientCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A broker in memory that behaves as RabbitMQ 3.10 does where the proxy can tell. What would make RabbitMQ close a
 * connection that clients share fails the test instead.
 */
final class ScriptedBroker {

    /** Where clients consume direct replies; with a consumer's tag behind it, where they are published. */
    static final String DIRECT_REPLY_TO = "amq.rabbitmq.reply-to";

    String password = "guest";
    /** Whether it takes any new secret on an open connection, as RabbitMQ does for its own users. */
    boolean takesAnySecret = true;
    /** The code for a vhost that it does not have, which differs between brokers. */
    int unknownVhost = 530;
    /** The end of its text. */
    String unknownVhostText = " not found";
    /** With this user it breaks off without a word, when a vhost is to be opened. */
    @Nullable
    String dropsUser;

    final Set<String> vhosts = new HashSet<>(Set.of("/"));
    final Set<String> exchanges = new HashSet<>(Set.of("amq.direct"));
    final Set<String> exchangeTypes = new HashSet<>(Set.of("direct", "fanout", "topic", "headers"));
    /** The keys of all bindings. */
    final Set<String> bound = new HashSet<>();
    /** Whether nobody deletes queues that are not exclusive. */
    boolean keepsSharedQueues;

    final Map<String, BrokerQueue> queues = new LinkedHashMap<>();
    /** Queues that are streams, which do not support {@code basic.get}. */
    final Set<String> streams = new HashSet<>();

    final List<Connection> connections = new ArrayList<>();
    final List<Message> published = new ArrayList<>();
    /** Messages that were acknowledged, or rejected for good. */
    final List<Message> settled = new ArrayList<>();

    int frameMax = 128 * 1024;
    int channelMax = 200;
    int heartbeat;
    int logins;
    /** Whether every command is handled, and every publish confirmed, as soon as it arrives. */
    boolean prompt = true;
    /** Whether it knows {@code update-secret}. */
    boolean updatesSecrets = true;
    /** Whether {@code channel.flow} closes the channel, so that there is no fence. */
    boolean refusesFlow;

    String refusalOfFlow = "NOT_IMPLEMENTED - channel.flow";
    /** Whether it closes the whole connection for that. */
    boolean flowCostsConnection;
    /** Whether {@code channel.flow} has no answer. */
    boolean ignoresFlow;
    /** What it calls itself. */
    String product = "scripted";
    /** Whether methods that are no offence, but not played here, close their channel instead of failing the test. */
    boolean refusesUnscripted;
    /** Whether it has exchanges of any type, so that none costs a connection. */
    boolean hasAllExchangeTypes;
    /** Whether such methods are answered as if they had been done. */
    boolean acceptsUnscripted;
    /**
     * How many messages at most a queue has sent to a channel, for each consumer, that is being closed or whose
     * consumer is being cancelled: they are delivered all the same.
     */
    int lateDeliveries;
    /** Whether it plays no part in connections that come from now on: the test does. */
    boolean deaf;
    /** How many connections a user may have open. */
    int mostConnections = Integer.MAX_VALUE;
    /** What happens on other links before a refusal for that number is heard. */
    Runnable beforeRefusal = () -> {};
    /** How many channels a user may have on all of its connections. */
    int mostChannels = Integer.MAX_VALUE;
    /** Whether it closes channels for an acknowledgement that is overdue while it handles the close of a client. */
    boolean isOverdueWhileClosing;

    /** How many channels that are closed it still counts. */
    int stillCounted;
    /** Whether it goes on counting those that are being closed, until the test says otherwise. */
    boolean countsLate;

    private boolean lowOnMemory;
    private int generated;

    Connection accept() {
        Connection connection = new Connection();
        connection.deaf = deaf;
        connections.add(connection);
        return connection;
    }

    /** Holds back publishers, and with them all that comes on their connections after the first message. */
    void runLowOnMemory() {
        lowOnMemory = true;
    }

    void haveMemoryAgain() {
        lowOnMemory = false;
        List.copyOf(connections).forEach(Connection::readAgain);
    }

    ScriptedBroker queue(String name) {
        queues.put(name, new BrokerQueue(name, null));
        return this;
    }

    /** A queue that is there. */
    BrokerQueue existing(String name) {
        return Objects.requireNonNull(queues.get(name), name);
    }

    String generateName() {
        return "amq.gen-" + ++generated;
    }

    List<String> bodies() {
        return published.stream().map(Message::text).toList();
    }

    /** The one connection that is open. */
    Connection only() {
        List<Connection> open = connections.stream().filter(c -> c.open).toList();
        if (open.size() != 1) {
            throw new AssertionError(open.size() + " connections are open");
        }
        return open.get(0);
    }

    /** All channels of all connections that are open. */
    List<BrokerChannel> allChannels() {
        return connections.stream()
                .filter(c -> c.open)
                .flatMap(c -> c.allChannels().stream())
                .toList();
    }

    long openConnections() {
        return connections.stream().filter(c -> c.open).count();
    }

    private int openChannels() {
        return connections.stream().mapToInt(c -> c.channels.size()).sum();
    }

    /** Returns whether anybody consumes such replies. */
    boolean reply(Message message) {
        published.add(message);
        String tag = message.key.substring(DIRECT_REPLY_TO.length());
        return connections.stream()
                .flatMap(connection -> connection.channels.values().stream())
                .anyMatch(channel -> channel.deliveries.reply(tag, message));
    }

    /** A message comes to the queue that its key names; returns false where there is none. */
    boolean publish(Message message) {
        published.add(message);
        BrokerQueue queue = message.exchange.isEmpty() ? queues.get(message.key) : null;
        if (queue != null) {
            queue.messages.add(message);
            deliverFrom(queue);
        }
        return queue != null;
    }

    void deliverFrom(BrokerQueue queue) {
        boolean moved = true;
        while (moved && !queue.messages.isEmpty()) {
            moved = false;
            for (BrokerDeliveries.Consumer consumer : List.copyOf(queue.consumers)) {
                if (!queue.messages.isEmpty() && consumer.deliveries().mayDeliver(consumer)) {
                    consumer.deliveries().deliver(consumer);
                    moved = true;
                }
            }
        }
    }

    /** A connection of the proxy. */
    final class Connection implements FakeLink.BrokerPeer {

        private final Frames.Decoder decoder = new Frames.Decoder();

        @Nullable
        FakeLink link;

        @Override
        public void use(FakeLink newLink) {
            link = newLink;
        }

        final Map<Integer, BrokerChannel> channels = new TreeMap<>();
        /** Channels that it closed and whose number it has let go, while they still have something to say. */
        final List<BrokerChannel> fading = new ArrayList<>();

        final List<Heard> heard = new ArrayList<>();
        boolean open;
        /** Takes what comes and says nothing. */
        boolean mute;
        /** Channels whose opening has no answer yet. */
        private final ArrayDeque<BrokerChannel> unopened = new ArrayDeque<>();
        /** Minds nothing of what comes but its form: the test says what the broker says. */
        boolean deaf;
        /** What is accepted at log-in, where that is not the password of the day. */
        @Nullable
        String secretAtLogin;

        private boolean headerSeen;
        private boolean blocked;
        private boolean closing;
        /** The proxy closed it in order; what it sends after that is nothing to the broker. */
        private boolean left;

        private String user = "";
        /** How it introduced itself. */
        final Map<String, Object> properties = new LinkedHashMap<>();
        /** With what it was logged in, or was told since. */
        String secret = "";

        ScriptedBroker broker() {
            return ScriptedBroker.this;
        }

        void send(byte[] bytes) {
            if (!mute) {
                Objects.requireNonNull(link).send(bytes);
            }
        }

        /** Ends the connection without a word. */
        void drop() {
            end();
            Objects.requireNonNull(link).hangUp();
        }

        /** Ends the connection without a word, and what was on the way is lost. */
        void cut() {
            end();
            Objects.requireNonNull(link).cut();
        }

        void beat() {
            send(Frames.heartbeat());
        }

        /** Closes the connection as RabbitMQ does. */
        void close(int code, String text, int methodId) {
            end();
            closing = true;
            send(Frames.close(0, code, text, methodId));
        }

        private void end() {
            open = false;
            for (BrokerChannel channel : List.copyOf(channels.values())) {
                channel.end();
            }
            channels.clear();
            fading.forEach(BrokerChannel::end);
            fading.clear();
            queues.values().removeIf(queue -> queue.owner == this);
        }

        @Override
        public void onEnd() {
            end();
        }

        @Override
        public void onBytes(byte[] bytes) {
            decoder.feed(bytes);
            if (!headerSeen) {
                byte[] header = decoder.take(Frames.HEADER.length);
                if (header == null) {
                    return;
                }
                if (!java.util.Arrays.equals(header, Frames.HEADER)) {
                    throw new AssertionError("a wrong header");
                }
                headerSeen = true;
                if (!deaf) {
                    send(start());
                }
            }
            try {
                for (Heard frame = next(); frame != null; frame = next()) {
                    onFrame(frame);
                }
            } catch (AmqpException e) {
                throw new AssertionError("malformed", e);
            }
        }

        /** Those that have a number, and those that are fading. */
        List<BrokerChannel> allChannels() {
            List<BrokerChannel> all = new ArrayList<>(channels.values());
            all.addAll(fading);
            return all;
        }

        /** The number of a channel that was closed is free, whatever that channel still has to say. */
        void letGo(BrokerChannel channel) {
            channels.remove(channel.number());
            fading.add(channel);
        }

        /** Answers the first {@code channel.open} that has no answer; says whether there was one. */
        boolean openNext() {
            BrokerChannel channel = unopened.poll();
            if (channel != null) {
                send(Frames.method(channel.number(), Method.CHANNEL_OPEN_OK, writer -> writer.longInt(0)));
            }
            return channel != null;
        }

        private @Nullable Heard next() {
            return blocked ? null : decoder.next(frameMax);
        }

        private void readAgain() {
            if (blocked && open) {
                blocked = false;
                send(Frames.method(0, Method.CONNECTION_UNBLOCKED));
                onBytes(new byte[0]);
            }
        }

        byte[] start() {
            return Frames.method(
                    0,
                    Method.CONNECTION_START,
                    writer -> writer.octet(0)
                            .octet(9)
                            .table(Map.of("product", product, "capabilities", Map.of("basic.nack", true)))
                            .longString("PLAIN AMQPLAIN")
                            .longString("en_US"));
        }

        private void onFrame(Heard frame) throws AmqpException {
            if (left) {
                return;
            }
            heard.add(frame);
            JavaClientCodec.check(frame.bytes().array());
            if (deaf) {
                return;
            }
            Method method = frame.method();
            if (closing) {
                if (method == Method.CONNECTION_CLOSE_OK) {
                    Objects.requireNonNull(link).hangUp();
                } else if (method == Method.CONNECTION_CLOSE) {
                    send(Frames.method(0, Method.CONNECTION_CLOSE_OK));
                }
                return;
            }
            if (frame.channel() == 0) {
                if (frame.type() == Frame.HEARTBEAT) {
                    return;
                }
                if (method == null) {
                    throw new AssertionError("no method on channel 0: " + frame);
                }
                onControl(method, frame.arguments());
            } else if (frame.type() == Frame.METHOD && method == null) {
                throw new AssertionError("an unknown method");
            } else if (!open) {
                throw new AssertionError(frame + " on a connection that is not open");
            } else {
                onChannelFrame(frame, method);
            }
        }

        private void onChannelFrame(Heard frame, @Nullable Method method) throws AmqpException {
            BrokerChannel channel = channels.get(frame.channel());
            if (method == Method.CHANNEL_OPEN) {
                if (frame.channel() > channelMax) {
                    throw new AssertionError(frame + ", beyond channel_max");
                }
                if (channel != null) {
                    throw new AssertionError("second channel.open on " + frame.channel());
                }
                if (openChannels() + stillCounted >= mostChannels) {
                    close(
                            530,
                            "NOT_ALLOWED - number of channels opened for user '" + user
                                    + "' has reached the maximum allowed user limit of (" + mostChannels + ")",
                            0);
                    return;
                }
                channel = new BrokerChannel(this, frame.channel());
                channels.put(frame.channel(), channel);
                unopened.add(channel);
                while (prompt && openNext()) {}
            } else if (channel == null) {
                throw new AssertionError(frame + ", which is not open");
            } else {
                channel.onFrame(frame);
                if (method == Method.BASIC_PUBLISH && lowOnMemory) {
                    blocked = true;
                    send(Frames.method(0, Method.CONNECTION_BLOCKED, writer -> writer.shortString("low on memory")));
                }
            }
        }

        private void onControl(Method method, ArgumentReader arguments) throws AmqpException {
            switch (method) {
                case CONNECTION_START_OK -> {
                    properties.putAll(arguments.table());
                    arguments.shortString();
                    String[] parts = arguments.longText().split("\0", -1);
                    user = parts[1];
                    secret = parts[2];
                    logins++;
                    if (!parts[2].equals(secretAtLogin == null ? password : secretAtLogin)) {
                        close(403, "ACCESS_REFUSED - Login was refused for user " + user, method.id());
                    } else {
                        send(Frames.method(
                                0,
                                Method.CONNECTION_TUNE,
                                writer -> writer.shortInt(channelMax)
                                        .longInt(frameMax)
                                        .shortInt(heartbeat)));
                    }
                }
                case CONNECTION_TUNE_OK -> {}
                case CONNECTION_OPEN -> {
                    String vhost = arguments.shortString();
                    if (user.equals(dropsUser)) {
                        drop();
                    } else if (!vhosts.contains(vhost)) {
                        close(unknownVhost, "NOT_ALLOWED - vhost " + vhost + unknownVhostText, method.id());
                    } else if (openConnections() >= mostConnections) {
                        beforeRefusal.run();
                        close(
                                530,
                                "NOT_ALLOWED - connection refused for user '" + user + "': user connection limit ("
                                        + mostConnections + ") is reached",
                                method.id());
                    } else {
                        open = true;
                        send(Frames.method(0, Method.CONNECTION_OPEN_OK, writer -> writer.shortString("")));
                    }
                }
                case CONNECTION_UPDATE_SECRET -> {
                    String updated = arguments.longText();
                    if (!updatesSecrets) {
                        close(503, "COMMAND_INVALID - unknown method", method.id());
                    } else if (takesAnySecret || updated.equals(password)) {
                        secret = updated;
                        send(Frames.method(0, Method.CONNECTION_UPDATE_SECRET_OK));
                    } else {
                        close(530, "NOT_ALLOWED - New secret was refused by one of the backends", method.id());
                    }
                }
                case CONNECTION_CLOSE -> {
                    for (BrokerChannel channel : List.copyOf(channels.values())) {
                        while (channel.hasWork()) {
                            channel.handleNext();
                        }
                    }
                    end();
                    left = true;
                    send(Frames.method(0, Method.CONNECTION_CLOSE_OK));
                    Objects.requireNonNull(link).hangUp();
                }
                default -> throw new AssertionError("unexpected " + method);
            }
        }

        /** How often a method came. */
        long count(Method method) {
            return heard.stream().filter(frame -> frame.is(method)).count();
        }

        BrokerChannel channel(int number) {
            return Objects.requireNonNull(channels.get(number), "channel " + number + " is not open");
        }
    }
}
