package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.BrokerQueue.Message;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The consumers on a channel of the {@link ScriptedBroker}, and the messages it has delivered there. */
final class BrokerDeliveries {

    record Consumer(BrokerDeliveries deliveries, String tag, BrokerQueue queue, boolean noAck, int prefetch) {}

    private record Unacked(
            BrokerQueue queue, Message message, @Nullable Consumer consumer) {}

    private final ScriptedBroker.Connection connection;
    private final ScriptedBroker broker;
    private final int channel;
    private final Map<String, Consumer> consumers = new LinkedHashMap<>();
    private final TreeMap<Long, Unacked> unacked = new TreeMap<>();
    private @Nullable String repliesTag;
    private long last;
    int prefetchPerConsumer;
    int prefetchPerChannel;

    BrokerDeliveries(ScriptedBroker.Connection connection, int channel) {
        this.connection = connection;
        this.broker = connection.broker();
        this.channel = channel;
    }

    boolean isEmpty() {
        return consumers.isEmpty() && unacked.isEmpty() && repliesTag == null;
    }

    /** The channel is over: what is not settled goes back to its queues. */
    void end() {
        for (Consumer consumer : consumers.values()) {
            leave(consumer);
        }
        consumers.clear();
        repliesTag = null;
        requeueAll();
    }

    private void leave(Consumer consumer) {
        BrokerQueue queue = consumer.queue();
        queue.consumers.remove(consumer);
        if (queue.goesWithConsumers && queue.consumers.isEmpty()) {
            broker.queues.remove(queue.name, queue);
        }
    }

    /** From which queue a message came that is not settled; null for none. */
    @Nullable
    String queue(long tag) {
        Unacked one = unacked.get(tag);
        return one == null ? null : one.queue().name;
    }

    /** {@return the messages that are not settled} */
    List<String> unsettled() {
        return unacked.values().stream().map(one -> one.message().text()).toList();
    }

    // Consumers.

    void consume(BrokerQueue queue, String tag, boolean noAck) {
        if (consumers.containsKey(tag)) {
            throw new AssertionError("consumer tag " + tag + " is used twice");
        }
        Consumer consumer = new Consumer(this, tag, queue, noAck, prefetchPerConsumer);
        consumers.put(tag, consumer);
        queue.consumers.add(consumer);
    }

    /**
     * Direct replies are consumed.
     *
     * @return false where they are already
     */
    boolean consumeReplies(String tag) {
        if (repliesTag != null) {
            return false;
        }
        repliesTag = tag;
        return true;
    }

    /** A direct reply comes; its delivery tag is that of the next message, as with RabbitMQ. */
    boolean reply(String tag, Message message) {
        if (!tag.equals(repliesTag)) {
            return false;
        }
        send(tag, last + 1, message);
        return true;
    }

    /**
     * A consumer is cancelled.
     *
     * @return the deliveries, at most so many, that its queue has sent before
     */
    List<Runnable> cancel(String tag, int most) {
        List<Runnable> sent = new ArrayList<>();
        Consumer consumer = consumers.remove(tag);
        if (tag.equals(repliesTag)) {
            repliesTag = null;
        }
        if (consumer != null) {
            leave(consumer);
            while (sent.size() < most && !consumer.queue().messages.isEmpty()) {
                Message message = consumer.queue().messages.remove();
                sent.add(() -> deliver(consumer, message));
            }
        }
        return sent;
    }

    /**
     * Deliveries, at most so many for each consumer, that the channel passes on although it is closed: their messages
     * are in their queues again.
     */
    List<Runnable> underWay(int most) {
        List<Runnable> sent = new ArrayList<>();
        for (Consumer consumer : consumers.values()) {
            consumer.queue().messages.stream()
                    .limit(most)
                    .forEach(message -> sent.add(() -> {
                        send(consumer.tag(), ++last, message);
                    }));
        }
        return sent;
    }

    boolean mayDeliver(Consumer consumer) {
        long own = unacked.values().stream()
                .filter(one -> consumer.equals(one.consumer()))
                .count();
        return consumer.noAck()
                || ((consumer.prefetch() == 0 || own < consumer.prefetch())
                        && (prefetchPerChannel == 0 || unacked.size() < prefetchPerChannel));
    }

    // Messages.

    void deliver(Consumer consumer) {
        deliver(consumer, consumer.queue().messages.remove());
    }

    private void deliver(Consumer consumer, Message message) {
        long tag = ++last;
        if (!consumer.noAck()) {
            unacked.put(tag, new Unacked(consumer.queue(), message, consumer));
        }
        send(consumer.tag(), tag, message);
    }

    private void send(String consumer, long tag, Message message) {
        connection.send(Frames.method(
                channel,
                Method.BASIC_DELIVER,
                writer -> writer.shortString(consumer)
                        .longLong(tag)
                        .octet(message.redelivered ? 1 : 0)
                        .shortString(message.exchange)
                        .shortString(message.key)));
        sendContent(message);
    }

    void get(BrokerQueue queue, boolean noAck) {
        Message message = queue.messages.poll();
        if (message == null) {
            connection.send(Frames.method(channel, Method.BASIC_GET_EMPTY, writer -> writer.shortString("")));
            return;
        }
        long tag = ++last;
        if (!noAck) {
            unacked.put(tag, new Unacked(queue, message, null));
        }
        connection.send(Frames.method(
                channel,
                Method.BASIC_GET_OK,
                writer -> writer.longLong(tag)
                        .octet(0)
                        .shortString(message.exchange)
                        .shortString(message.key)
                        .longInt(0)));
        sendContent(message);
    }

    void returnMessage(Message message) {
        connection.send(Frames.method(
                channel,
                Method.BASIC_RETURN,
                writer -> writer.shortInt(312)
                        .shortString("NO_ROUTE")
                        .shortString(message.exchange)
                        .shortString(message.key)));
        sendContent(message);
    }

    private void sendContent(Message message) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(Frames.frame(Frame.HEADER, channel, message.header));
        int most = broker.frameMax - Frame.OVERHEAD;
        for (int at = 0; at < message.body.length; at += most) {
            byte[] part = Arrays.copyOfRange(message.body, at, Math.min(message.body.length, at + most));
            frames.writeBytes(Frames.frame(Frame.BODY, channel, part));
        }
        connection.send(frames.toByteArray());
    }

    // Settling.

    /** Answers false where nothing was delivered with this tag that is not settled. */
    boolean settle(long tag, boolean multiple, boolean requeue) {
        if (tag == 0 && multiple) {
            settleAll(new TreeMap<>(unacked), requeue);
        } else if (unacked.containsKey(tag)) {
            settleAll(new TreeMap<>(multiple ? unacked.headMap(tag, true) : unacked.subMap(tag, tag + 1)), requeue);
        } else {
            return false;
        }
        return true;
    }

    void requeueAll() {
        settleAll(new TreeMap<>(unacked), true);
    }

    private void settleAll(NavigableMap<Long, Unacked> settled, boolean requeue) {
        unacked.keySet().removeAll(settled.keySet());
        settled.descendingMap().values().forEach(one -> {
            if (requeue) {
                one.message().redelivered = true;
                one.queue().messages.addFirst(one.message());
            } else {
                broker.settled.add(one.message());
            }
        });
        List.copyOf(consumers.values()).forEach(consumer -> broker.deliverFrom(consumer.queue()));
        settled.values().forEach(one -> broker.deliverFrom(one.queue()));
    }
}
