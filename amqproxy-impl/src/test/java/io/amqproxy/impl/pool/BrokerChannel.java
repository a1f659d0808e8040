package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.Frames.Heard;
import io.amqproxy.impl.pool.ScriptedBroker.Message;
import io.amqproxy.impl.pool.ScriptedBroker.Queue;
import io.amqproxy.impl.wire.AmqpException;
import io.amqproxy.impl.wire.Arguments;
import io.amqproxy.impl.wire.Frame;
import io.amqproxy.impl.wire.Method;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A channel of the {@link ScriptedBroker}; it handles its commands in order, at once or when the test says so. */
final class BrokerChannel {

    record Consumer(BrokerChannel channel, String tag, Queue queue, boolean noAck, int prefetch) {}

    private record Unacked(
            Queue queue, Message message, @Nullable Consumer consumer) {}

    /** A method, with its content where it has one. */
    private record Command(Method method, Arguments arguments, ByteBuffer header, ByteBuffer body) {}

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ScriptedBroker.Connection connection;
    private final ScriptedBroker broker;
    private final int number;

    // What arrived.
    private @Nullable Heard publish;
    private @Nullable Heard header;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ArrayDeque<Command> inbox = new ArrayDeque<>();
    private boolean closeSeen;
    private boolean closing;

    // What was handled.
    private final Map<String, Consumer> consumers = new LinkedHashMap<>();
    private final TreeMap<Long, Unacked> unacked = new TreeMap<>();
    final BrokerConfirms confirms;
    private final List<Message> transaction = new ArrayList<>();
    private boolean confirming;
    private boolean transactional;
    private long lastDelivery;
    private String lastQueue = "";
    int prefetchPerConsumer;
    int prefetchPerChannel;

    BrokerChannel(ScriptedBroker.Connection connection, int number) {
        this.connection = connection;
        this.broker = connection.broker();
        this.number = number;
        this.confirms = new BrokerConfirms(connection, number);
    }

    // Arriving frames.

    void onFrame(Heard frame) throws AmqpException {
        if (closeSeen && !frame.is(Method.CHANNEL_CLOSE_OK)) {
            throw new AssertionError(frame + " before close-ok");
        }
        if (closing) {
            onFrameWhileClosing(frame);
            return;
        }
        Method method = frame.method();
        Heard message = publish;
        Heard properties = header;
        if (message == null) {
            if (method == null) {
                throw new AssertionError("unexpected content: " + frame);
            }
            if (method == Method.BASIC_PUBLISH) {
                publish = frame;
            } else {
                closeSeen = method == Method.CHANNEL_CLOSE;
                arrive(new Command(method, frame.arguments(), NOTHING, NOTHING));
            }
            return;
        }
        if (frame.type() != (properties == null ? Frame.HEADER : Frame.BODY)) {
            throw new AssertionError(frame + " inside of a message");
        }
        if (properties == null) {
            header = frame;
            properties = frame;
        } else {
            body.writeBytes(frame.payload());
        }
        if (body.size() > properties.bodySize()) {
            throw new AssertionError("a body longer than its header said");
        }
        if (body.size() == properties.bodySize()) {
            Command command = new Command(
                    Method.BASIC_PUBLISH,
                    message.arguments(),
                    ByteBuffer.wrap(properties.payload()),
                    ByteBuffer.wrap(body.toByteArray()));
            publish = null;
            header = null;
            body.reset();
            arrive(command);
        }
    }

    private void onFrameWhileClosing(Heard frame) {
        if (frame.is(Method.CHANNEL_CLOSE)) {
            connection.send(Frames.method(number, Method.CHANNEL_CLOSE_OK));
        } else if (frame.is(Method.CHANNEL_CLOSE_OK)) {
            connection.channels.remove(number);
        }
    }

    private void arrive(Command command) throws AmqpException {
        inbox.add(command);
        while (broker.prompt && hasWork()) {
            handleNext();
        }
    }

    // Handling.

    boolean hasWork() {
        return !inbox.isEmpty();
    }

    void handleNext() throws AmqpException {
        Command command = inbox.remove();
        Arguments arguments = command.arguments();
        switch (command.method()) {
            case BASIC_PUBLISH -> publish(command);
            case CONFIRM_SELECT -> {
                confirming = true;
                if ((arguments.octet() & 1) == 0) {
                    reply(Method.CONFIRM_SELECT_OK);
                }
            }
            case CHANNEL_FLOW -> {
                if ((arguments.octet() & 1) == 0) {
                    throw new AssertionError("channel.flow(false)");
                }
                if (broker.refusesFlow) {
                    fail(540, "NOT_IMPLEMENTED - channel.flow", Method.CHANNEL_FLOW);
                } else {
                    connection.send(Frames.method(number, Method.CHANNEL_FLOW_OK, writer -> writer.octet(1)));
                }
            }
            case CHANNEL_CLOSE -> {
                end();
                connection.channels.remove(number);
                reply(Method.CHANNEL_CLOSE_OK);
            }
            case QUEUE_DECLARE -> declare(arguments);
            case QUEUE_DELETE -> delete(arguments);
            case BASIC_GET -> get(arguments);
            case BASIC_CONSUME -> consume(arguments);
            case BASIC_CANCEL -> cancel(arguments.shortString(), (arguments.octet() & 1) != 0);
            case EXCHANGE_DECLARE -> declareExchange(arguments);
            case BASIC_ACK -> settle(arguments.longLong(), (arguments.octet() & 1) != 0, false, Method.BASIC_ACK);
            case BASIC_NACK -> {
                long tag = arguments.longLong();
                int bits = arguments.octet();
                settle(tag, (bits & 1) != 0, (bits & 2) != 0, Method.BASIC_NACK);
            }
            case BASIC_REJECT -> settle(arguments.longLong(), false, (arguments.octet() & 1) != 0, Method.BASIC_REJECT);
            case BASIC_QOS -> {
                if (arguments.longInt() != 0) {
                    throw new AssertionError("prefetch_size");
                }
                int prefetch = arguments.shortInt();
                if ((arguments.octet() & 1) != 0) {
                    prefetchPerChannel = prefetch;
                } else {
                    prefetchPerConsumer = prefetch;
                }
                reply(Method.BASIC_QOS_OK);
            }
            case TX_SELECT -> {
                transactional = true;
                reply(Method.TX_SELECT_OK);
            }
            case TX_COMMIT -> {
                transaction.forEach(this::route);
                transaction.clear();
                reply(Method.TX_COMMIT_OK);
            }
            case TX_ROLLBACK -> {
                transaction.clear();
                reply(Method.TX_ROLLBACK_OK);
            }
            case QUEUE_BIND,
                    QUEUE_UNBIND,
                    QUEUE_PURGE,
                    EXCHANGE_BIND,
                    EXCHANGE_UNBIND,
                    EXCHANGE_DELETE,
                    BASIC_RECOVER,
                    BASIC_RECOVER_ASYNC,
                    ACCESS_REQUEST -> unscripted(command);
            default -> throw new AssertionError("the broker knows no " + command.method());
        }
    }

    /** What is not played here, but would cost the connection nothing. */
    private void unscripted(Command command) throws AmqpException {
        Method method = command.method();
        int bits = UnscriptedAnswers.bits(method, command.arguments());
        boolean recovers = method == Method.BASIC_RECOVER || method == Method.BASIC_RECOVER_ASYNC;
        if (recovers && (bits & 1) == 0) {
            throw new AssertionError("requeue=false");
        }
        if (broker.acceptsUnscripted) {
            if (recovers) {
                settleAll(new TreeMap<>(unacked), true);
            }
            UnscriptedAnswers.send(connection, number, method, bits);
        } else if (broker.refusesUnscripted) {
            fail(403, "ACCESS_REFUSED - not scripted", method);
        } else {
            throw new AssertionError("the broker knows no " + method);
        }
    }

    /** Answers a method unless its bits say that no answer is wanted. */
    private void answer(Method method, int bits, byte[] answer) {
        if (method.isAnswered(bits)) {
            connection.send(answer);
        }
    }

    private void reply(Method method) {
        connection.send(Frames.method(number, method));
    }

    /** Closes the channel with an error. */
    void fail(int code, String text, Method method) {
        end();
        closing = true;
        connection.send(Frames.close(number, code, text, method.id()));
        if (closeSeen) {
            // The close was in the inbox, and a channel that is closing answers it.
            reply(Method.CHANNEL_CLOSE_OK);
        }
    }

    /** The same, unless it has been closed before. */
    void failUnlessClosing(int code, String text, Method method) {
        if (!closing) {
            fail(code, text, method);
        }
    }

    void end() {
        for (Consumer consumer : consumers.values()) {
            consumer.queue().consumers.remove(consumer);
        }
        consumers.clear();
        inbox.clear();
        confirms.clear();
        settleAll(new TreeMap<>(unacked), true);
    }

    private void publish(Command command) throws AmqpException {
        Arguments arguments = command.arguments();
        arguments.shortInt();
        String exchange = arguments.shortString();
        String key = arguments.shortString();
        int bits = arguments.octet();
        if ((bits & 2) != 0) {
            throw new AssertionError("immediate");
        }
        if (!exchange.isEmpty() && !broker.exchanges.contains(exchange)) {
            fail(404, "NOT_FOUND - no exchange '" + exchange + "' in vhost '/'", Method.BASIC_PUBLISH);
            return;
        }
        Message message = new Message(exchange, key, bytes(command.header()), bytes(command.body()));
        if (transactional) {
            transaction.add(message);
            return;
        }
        boolean routed = route(message);
        if (!routed && (bits & 1) != 0) {
            connection.send(Frames.method(
                    number,
                    Method.BASIC_RETURN,
                    writer -> writer.shortInt(312)
                            .shortString("NO_ROUTE")
                            .shortString(exchange)
                            .shortString(key)));
            connection.send(Frames.frame(Frame.HEADER, number, message.header));
            sendBody(message.body);
        }
        if (confirming) {
            confirms.onPublish(broker.prompt);
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }

    private boolean route(Message message) {
        broker.published.add(message);
        Queue queue = message.exchange.isEmpty() ? broker.queues.get(message.key) : null;
        if (queue == null) {
            return false;
        }
        queue.messages.add(message);
        broker.deliverFrom(queue);
        return true;
    }

    private void sendBody(byte[] bytes) {
        int most = broker.frameMax - Frame.OVERHEAD;
        for (int at = 0; at < bytes.length; at += most) {
            byte[] part = java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + most));
            connection.send(Frames.frame(Frame.BODY, number, part));
        }
    }

    /** Whether nothing is left here of whoever used the channel. */
    boolean isClean() {
        return consumers.isEmpty() && unacked.isEmpty() && inbox.isEmpty() && !transactional && publish == null;
    }

    // Queues.

    private void declare(Arguments arguments) throws AmqpException {
        arguments.shortInt();
        String asked = arguments.shortString();
        int bits = arguments.octet();
        String name = asked.isEmpty() ? broker.generateName() : asked;
        Queue queue = broker.queues.get(name);
        if (queue == null && (bits & 1) != 0) {
            fail(404, "NOT_FOUND - no queue '" + name + "' in vhost '/'", Method.QUEUE_DECLARE);
            return;
        }
        if (queue != null && queue.owner != null && queue.owner != connection) {
            fail(405, "RESOURCE_LOCKED - '" + name + "'", Method.QUEUE_DECLARE);
            return;
        }
        boolean exclusive = (bits & 1 << 2) != 0;
        if (queue != null && (bits & 1) == 0 && exclusive != (queue.owner != null)) {
            fail(406, "PRECONDITION_FAILED - inequivalent arg 'exclusive'", Method.QUEUE_DECLARE);
            return;
        }
        if (queue == null) {
            queue = new Queue(name, exclusive ? connection : null);
            broker.queues.put(name, queue);
        }
        lastQueue = name;
        int count = queue.messages.size();
        answer(
                Method.QUEUE_DECLARE,
                bits,
                Frames.method(
                        number,
                        Method.QUEUE_DECLARE_OK,
                        writer -> writer.shortString(name).longInt(count).longInt(0)));
    }

    private void delete(Arguments arguments) throws AmqpException {
        arguments.shortInt();
        Queue queue = broker.queues.remove(arguments.shortString());
        int count = queue == null ? 0 : queue.messages.size();
        if ((arguments.octet() & 1 << 2) == 0) {
            connection.send(Frames.method(number, Method.QUEUE_DELETE_OK, writer -> writer.longInt(count)));
        }
    }

    private @Nullable Queue named(String asked, Method method) {
        String name = asked.isEmpty() ? lastQueue : asked;
        Queue queue = broker.queues.get(name);
        if (queue == null) {
            fail(404, "NOT_FOUND - no queue '" + name + "' in vhost '/'", method);
        }
        return queue;
    }

    private void get(Arguments arguments) throws AmqpException {
        arguments.shortInt();
        Queue queue = named(arguments.shortString(), Method.BASIC_GET);
        if (queue == null) {
            return;
        }
        boolean noAck = (arguments.octet() & 1) != 0;
        Message message = queue.messages.poll();
        if (message == null) {
            connection.send(Frames.method(number, Method.BASIC_GET_EMPTY, writer -> writer.shortString("")));
            return;
        }
        long tag = ++lastDelivery;
        if (!noAck) {
            unacked.put(tag, new Unacked(queue, message, null));
        }
        connection.send(Frames.method(
                number,
                Method.BASIC_GET_OK,
                writer -> writer.longLong(tag)
                        .octet(0)
                        .shortString(message.exchange)
                        .shortString(message.key)
                        .longInt(0)));
        connection.send(Frames.frame(Frame.HEADER, number, message.header));
        sendBody(message.body);
    }

    private void consume(Arguments arguments) throws AmqpException {
        arguments.shortInt();
        Queue queue = named(arguments.shortString(), Method.BASIC_CONSUME);
        if (queue == null) {
            return;
        }
        String asked = arguments.shortString();
        int bits = arguments.octet();
        boolean noAck = (bits & 2) != 0;
        String tag = asked.isEmpty() ? "amq.ctag-" + broker.generateName() : asked;
        if (consumers.containsKey(tag)) {
            throw new AssertionError("consumer tag " + tag + " is used twice");
        }
        Consumer consumer = new Consumer(this, tag, queue, noAck, prefetchPerConsumer);
        consumers.put(tag, consumer);
        queue.consumers.add(consumer);
        answer(
                Method.BASIC_CONSUME,
                bits,
                Frames.method(number, Method.BASIC_CONSUME_OK, writer -> writer.shortString(tag)));
        broker.deliverFrom(queue);
    }

    private void cancel(String tag, boolean quietly) {
        Consumer consumer = consumers.remove(tag);
        if (consumer != null) {
            consumer.queue().consumers.remove(consumer);
        }
        if (!quietly) {
            connection.send(Frames.method(number, Method.BASIC_CANCEL_OK, writer -> writer.shortString(tag)));
        }
    }

    private void declareExchange(Arguments arguments) throws AmqpException {
        arguments.shortInt();
        String name = arguments.shortString();
        String type = arguments.shortString();
        int bits = arguments.octet();
        boolean passive = (bits & 1) != 0;
        if (passive && !broker.exchanges.contains(name)) {
            fail(404, "NOT_FOUND - no exchange '" + name + "' in vhost '/'", Method.EXCHANGE_DECLARE);
        } else if (passive || broker.hasAllExchangeTypes || broker.exchangeTypes.contains(type)) {
            broker.exchanges.add(name);
            answer(Method.EXCHANGE_DECLARE, bits, Frames.method(number, Method.EXCHANGE_DECLARE_OK));
        } else {
            connection.close(
                    503, "COMMAND_INVALID - unknown exchange type '" + type + "'", Method.EXCHANGE_DECLARE.id());
        }
    }

    boolean mayDeliver(Consumer consumer) {
        long own = unacked.values().stream()
                .filter(one -> consumer.equals(one.consumer()))
                .count();
        return consumer.noAck()
                || ((consumer.prefetch() == 0 || own < consumer.prefetch())
                        && (prefetchPerChannel == 0 || unacked.size() < prefetchPerChannel));
    }

    void deliver(Consumer consumer, Queue queue) {
        Message message = queue.messages.remove();
        long tag = ++lastDelivery;
        if (!consumer.noAck()) {
            unacked.put(tag, new Unacked(queue, message, consumer));
        }
        connection.send(Frames.method(
                number,
                Method.BASIC_DELIVER,
                writer -> writer.shortString(consumer.tag())
                        .longLong(tag)
                        .octet(0)
                        .shortString(message.exchange)
                        .shortString(message.key)));
        connection.send(Frames.frame(Frame.HEADER, number, message.header));
        sendBody(message.body);
    }

    private void settle(long tag, boolean multiple, boolean requeue, Method method) {
        if (tag == 0 && multiple) {
            settleAll(new TreeMap<>(unacked), requeue);
        } else if (!unacked.containsKey(tag)) {
            fail(406, "PRECONDITION_FAILED - unknown delivery tag " + Long.toUnsignedString(tag), method);
        } else {
            settleAll(new TreeMap<>(multiple ? unacked.headMap(tag, true) : unacked.subMap(tag, tag + 1)), requeue);
        }
    }

    private void settleAll(NavigableMap<Long, Unacked> settled, boolean requeue) {
        unacked.keySet().removeAll(settled.keySet());
        settled.descendingMap().values().forEach(one -> {
            if (requeue) {
                one.queue().messages.addFirst(one.message());
            }
        });
        List.copyOf(consumers.values()).forEach(consumer -> broker.deliverFrom(consumer.queue()));
        settled.values().forEach(one -> broker.deliverFrom(one.queue()));
    }
}
