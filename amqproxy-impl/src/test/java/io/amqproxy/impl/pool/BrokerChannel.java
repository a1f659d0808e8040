package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.BrokerInbox.Command;
import io.amqproxy.impl.pool.BrokerQueue.Message;
import io.amqproxy.impl.pool.Frames.Heard;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A channel of the {@link ScriptedBroker}; it handles its commands in order, at once or when the test says so. */
final class BrokerChannel {

    /** An argument of this value makes the broker fail, where it expects another kind of value. */
    static final String BAD_VALUE = "nonsense";

    private final ScriptedBroker.Connection connection;
    private final ScriptedBroker broker;
    private final int number;
    private boolean closeSeen;
    private boolean closing;
    /** Consumers whose beginning is not answered yet. */
    private int consuming;
    /** Whether a transaction is being committed. */
    private boolean committing;

    private final BrokerInbox inbox = new BrokerInbox();
    /** What queues have sent to the channel, and it has not passed on yet when something else is handled. */
    private final ArrayDeque<Runnable> late = new ArrayDeque<>();

    final BrokerDeliveries deliveries;
    final BrokerConfirms confirms;
    private final List<Message> transaction = new ArrayList<>();
    private boolean confirming;
    private boolean transactional;
    private String lastQueue = "";

    BrokerChannel(ScriptedBroker.Connection connection, int number) {
        this.connection = connection;
        this.broker = connection.broker();
        this.number = number;
        this.deliveries = new BrokerDeliveries(connection, number);
        this.confirms = new BrokerConfirms(connection, number);
    }

    // Arriving frames.

    void onFrame(Heard frame) throws AmqpException {
        if (closing) {
            onFrameWhileClosing(frame);
        } else if (closeSeen) {
            throw new AssertionError(frame + " before close-ok");
        } else {
            closeSeen = frame.is(Method.CHANNEL_CLOSE);
            checkConsuming(frame);
            checkCommitting(frame);
            inbox.onFrame(frame);
        }
        while (broker.prompt && hasWork()) {
            handleNext();
        }
    }

    /**
     * RabbitMQ fails, with the connection, over the answer of a queue to a consumer that the channel no longer has: so
     * nothing that may end either is to follow before that answer.
     */
    private void checkConsuming(Heard frame) throws AmqpException {
        if (consuming > 0 && frame.method() != null && !closeSeen && !frame.is(Method.CHANNEL_FLOW)) {
            throw new AssertionError(frame + " before consume-ok");
        }
        if (frame.is(Method.BASIC_CONSUME)) {
            ArgumentReader arguments = frame.arguments();
            arguments.shortInt();
            boolean isOfReplies = arguments.shortString().equals(ScriptedBroker.DIRECT_REPLY_TO);
            arguments.skipShortString();
            consuming += !isOfReplies && Method.BASIC_CONSUME.isAnswered(arguments.octet()) ? 1 : 0;
        }
    }

    /** RabbitMQ closes the connection for anything but a close of the channel while it commits. */
    private void checkCommitting(Heard frame) {
        if (committing && !closeSeen) {
            throw new AssertionError(frame + " before tx.commit-ok");
        }
        committing |= frame.is(Method.TX_COMMIT);
    }

    private void onFrameWhileClosing(Heard frame) {
        if (frame.is(Method.CHANNEL_CLOSE)) {
            late.add(() -> reply(Method.CHANNEL_CLOSE_OK));
        } else if (frame.is(Method.CHANNEL_CLOSE_OK)) {
            connection.letGo(this);
        }
    }

    int number() {
        return number;
    }

    // Handling.

    /** How many methods of this kind wait to be handled. */
    long waiting(Method method) {
        return inbox.count(method);
    }

    boolean hasWork() {
        return !inbox.isEmpty() || !late.isEmpty();
    }

    void handleNext() throws AmqpException {
        while (connection.openNext()) {} // As late as whatever comes first on one of them.
        if (inbox.isEmpty()) {
            late.remove().run();
            return;
        }
        Command command = inbox.next();
        ArgumentReader arguments = command.arguments();
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
                if (broker.flowCostsConnection) {
                    connection.close(540, "NOT_IMPLEMENTED - channel.flow", Method.CHANNEL_FLOW.id());
                } else if (broker.refusesFlow) {
                    fail(540, broker.refusalOfFlow, Method.CHANNEL_FLOW);
                } else if (!broker.ignoresFlow) {
                    connection.send(Frames.method(number, Method.CHANNEL_FLOW_OK, writer -> writer.octet(1)));
                }
            }
            case CHANNEL_CLOSE -> {
                end();
                connection.channels.remove(number);
                if (broker.isOverdueWhileClosing) {
                    connection.send(Frames.close(number, 406, "PRECONDITION_FAILED - timed out", 0));
                }
                broker.stillCounted += broker.countsLate ? 1 : 0;
                reply(Method.CHANNEL_CLOSE_OK);
            }
            case QUEUE_DECLARE -> declare(arguments);
            case QUEUE_DELETE -> delete(arguments);
            case BASIC_GET -> get(arguments);
            case BASIC_CONSUME -> {
                consuming = 0;
                consume(arguments);
            }
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
                    deliveries.prefetchPerChannel = prefetch;
                } else {
                    deliveries.prefetchPerConsumer = prefetch;
                }
                reply(Method.BASIC_QOS_OK);
            }
            case TX_SELECT -> {
                transactional = true;
                reply(Method.TX_SELECT_OK);
            }
            case TX_COMMIT -> {
                committing = false;
                transaction.forEach(this::route);
                transaction.clear();
                reply(Method.TX_COMMIT_OK);
            }
            case TX_ROLLBACK -> {
                transaction.clear();
                reply(Method.TX_ROLLBACK_OK);
            }
            case QUEUE_BIND -> bind(command);
            case QUEUE_UNBIND,
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

    private void bind(Command command) throws AmqpException {
        if (!broker.acceptsUnscripted) {
            unscripted(command);
            return;
        }
        ArgumentReader arguments = command.arguments();
        arguments.shortInt();
        arguments.skipShortString();
        arguments.skipShortString();
        broker.bound.add(arguments.shortString());
        UnscriptedAnswers.send(connection, number, Method.QUEUE_BIND, arguments.octet());
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
                deliveries.requeueAll();
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
        List<Runnable> underWay = deliveries.underWay(broker.lateDeliveries);
        end();
        closing = true;
        connection.send(Frames.close(number, code, text, method.id()));
        if (closeSeen) {
            // The close was in the inbox, and a channel that is closing answers it.
            reply(Method.CHANNEL_CLOSE_OK);
        }
        late.addAll(underWay);
    }

    /** The same, unless it has been closed before. */
    void failUnlessClosing(int code, String text, Method method) {
        if (!closing) {
            fail(code, text, method);
        }
    }

    void end() {
        inbox.clear();
        late.clear();
        confirms.clear();
        deliveries.end();
    }

    private void publish(Command command) throws AmqpException {
        ArgumentReader arguments = command.arguments();
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
        Message message = command.message(exchange, key);
        if (transactional) {
            transaction.add(message);
            return;
        }
        boolean routed = route(message);
        if (!routed && (bits & 1) != 0) {
            deliveries.returnMessage(message);
        }
        if (confirming) {
            confirms.onPublish(broker.prompt);
        }
    }

    private boolean route(Message message) {
        boolean isReply = message.key.startsWith(ScriptedBroker.DIRECT_REPLY_TO);
        return isReply ? broker.reply(message) : broker.publish(message);
    }

    /** Whether nothing is left here of whoever used the channel. */
    boolean isClean() {
        return deliveries.isEmpty() && inbox.isEmpty() && !transactional && !inbox.isInMessage();
    }

    // Queues.

    private void declare(ArgumentReader arguments) throws AmqpException {
        arguments.shortInt();
        String asked = arguments.shortString();
        int bits = arguments.octet();
        Map<String, Object> table = arguments.table();
        if (BAD_VALUE.equals(table.get("x-max-age"))) {
            connection.close(541, "INTERNAL_ERROR", 0);
            return;
        }
        String name = asked.isEmpty() ? broker.generateName() : asked;
        BrokerQueue queue = broker.queues.get(name);
        if (queue == null && (bits & 1) != 0) {
            fail(404, "NOT_FOUND - no queue '" + name + "' in vhost '/'", Method.QUEUE_DECLARE);
            return;
        }
        boolean passive = (bits & 1) != 0;
        boolean exclusive = (bits & 1 << 2) != 0;
        if (queue != null && (isLocked(queue) || (!passive && exclusive != (queue.owner != null)))) {
            fail(405, "RESOURCE_LOCKED - '" + name + "'", Method.QUEUE_DECLARE);
            return;
        }
        if (queue != null && !passive && !queue.arguments.equals(table)) {
            fail(406, "PRECONDITION_FAILED - inequivalent arg", Method.QUEUE_DECLARE);
            return;
        }
        if (queue == null) {
            queue = new BrokerQueue(name, exclusive ? connection : null, table);
            queue.goesWithConsumers = (bits & 1 << 3) != 0;
            broker.queues.put(name, queue);
        }
        if ("stream".equals(table.get("x-queue-type"))) {
            broker.streams.add(name);
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

    /** Whether it is exclusive to another connection. */
    private boolean isLocked(BrokerQueue queue) {
        return queue.owner != null && queue.owner != connection;
    }

    private void delete(ArgumentReader arguments) throws AmqpException {
        arguments.shortInt();
        String asked = arguments.shortString();
        String name = asked.isEmpty() ? lastQueue : asked;
        BrokerQueue queue = broker.queues.get(name);
        if (queue != null && isLocked(queue)) {
            fail(405, "RESOURCE_LOCKED - '" + name + "'", Method.QUEUE_DELETE);
            return;
        }
        if (queue != null && queue.owner == null && broker.keepsSharedQueues) {
            throw new AssertionError("a queue that is not exclusive is deleted: " + name);
        }
        broker.queues.remove(name);
        int count = queue == null ? 0 : queue.messages.size();
        if ((arguments.octet() & 1 << 2) == 0) {
            connection.send(Frames.method(number, Method.QUEUE_DELETE_OK, writer -> writer.longInt(count)));
        }
    }

    private @Nullable BrokerQueue named(String asked, Method method) {
        String name = asked.isEmpty() ? lastQueue : asked;
        BrokerQueue queue = broker.queues.get(name);
        if (queue == null) {
            fail(404, "NOT_FOUND - no queue '" + name + "' in vhost '/'", method);
        }
        return queue;
    }

    private void get(ArgumentReader arguments) throws AmqpException {
        arguments.shortInt();
        BrokerQueue queue = named(arguments.shortString(), Method.BASIC_GET);
        if (queue != null && broker.streams.contains(queue.name)) {
            refuse("basic.get", queue.name, Method.BASIC_GET);
        } else if (queue != null) {
            deliveries.get(queue, (arguments.octet() & 1) != 0);
        }
    }

    private void consume(ArgumentReader arguments) throws AmqpException {
        arguments.shortInt();
        String name = arguments.shortString();
        if (name.equals(ScriptedBroker.DIRECT_REPLY_TO)) {
            consumeReplies(arguments.shortString(), arguments.octet());
            return;
        }
        BrokerQueue queue = named(name, Method.BASIC_CONSUME);
        if (queue == null) {
            return;
        }
        String asked = arguments.shortString();
        int bits = arguments.octet();
        if (BAD_VALUE.equals(arguments.table().get("x-credit"))) {
            connection.close(541, "INTERNAL_ERROR", 0);
            return;
        }
        boolean noAck = (bits & 2) != 0;
        if (noAck && broker.streams.contains(queue.name)) {
            refuse("automatic acknowledgement", queue.name, Method.BASIC_CONSUME);
            return;
        }
        String tag = asked.isEmpty() ? "amq.ctag-" + broker.generateName() : asked;
        deliveries.consume(queue, tag, noAck);
        answer(
                Method.BASIC_CONSUME,
                bits,
                Frames.method(number, Method.BASIC_CONSUME_OK, writer -> writer.shortString(tag)));
        broker.deliverFrom(queue);
    }

    private void consumeReplies(String tag, int bits) {
        if ((bits & 2) == 0) {
            fail(406, "PRECONDITION_FAILED - reply consumer cannot acknowledge", Method.BASIC_CONSUME);
        } else if (!deliveries.consumeReplies(tag)) {
            fail(406, "PRECONDITION_FAILED - reply consumer already set", Method.BASIC_CONSUME);
        } else {
            answer(
                    Method.BASIC_CONSUME,
                    bits,
                    Frames.method(number, Method.BASIC_CONSUME_OK, writer -> writer.shortString(tag)));
        }
    }

    private void cancel(String tag, boolean quietly) {
        // RabbitMQ's queues answer this one, behind what they have sent; the channel handles other commands meanwhile.
        late.addAll(deliveries.cancel(tag, broker.lateDeliveries));
        if (!quietly) {
            late.add(() ->
                    connection.send(Frames.method(number, Method.BASIC_CANCEL_OK, writer -> writer.shortString(tag))));
        }
    }

    private void declareExchange(ArgumentReader arguments) throws AmqpException {
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

    /** What a stream does not support costs the connection. */
    private void refuse(String what, String queue, Method method) {
        connection.close(
                540,
                "NOT_IMPLEMENTED - " + what + " not supported by stream queues queue '" + queue + "' in vhost '/'",
                method.id());
    }

    private void settle(long tag, boolean multiple, boolean requeue, Method method) {
        String stream = method == Method.BASIC_ACK ? null : deliveries.queue(tag);
        if (stream != null && broker.streams.contains(stream)) {
            refuse("basic.nack and basic.reject", stream, method);
        } else if (!deliveries.settle(tag, multiple, requeue)) {
            fail(406, "PRECONDITION_FAILED - unknown delivery tag " + Long.toUnsignedString(tag), method);
        }
    }
}
