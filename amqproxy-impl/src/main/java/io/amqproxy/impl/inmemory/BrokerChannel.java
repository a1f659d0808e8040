package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.inmemory.ChannelDeliveries.Outcome;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The broker's side of one channel. What it does not know is refused with 540 (NOT_IMPLEMENTED). */
final class BrokerChannel {

    // Octets of bits (AMQP 0-9-1, section 1.8): each first bit and so on.
    private static final int FIRST = 1;
    private static final int SECOND = 2;
    private static final int THIRD = 4;
    private static final int FOURTH = 8;
    private static final int FIFTH = 16;

    private static final String REPLY_TO = "amq.rabbitmq.reply-to";

    private final ChannelOutput out;
    private final VirtualHost vhost;
    private final Memory memory;
    private final Object connection;
    private final String user;
    private final ChannelDeliveries deliveries;
    private @Nullable IncomingMessage incoming;
    private long reserved;
    private boolean hasConfirms;
    private long published;
    private String lastQueue = "";

    /**
     * @param connection what exclusive queues belong to
     * @param user who is logged in
     */
    BrokerChannel(ChannelOutput out, VirtualHost vhost, Memory memory, Object connection, String user) {
        this.out = out;
        this.vhost = vhost;
        this.memory = memory;
        this.connection = connection;
        this.user = user;
        this.deliveries = new ChannelDeliveries(out, vhost::delete);
    }

    /** Takes a whole frame, at the buffer's beginning. */
    void receive(ByteBuffer frame) throws AmqpException {
        switch (Frame.type(frame, 0)) {
            case Frame.METHOD -> method(frame);
            case Frame.HEADER -> header(frame);
            case Frame.BODY -> body(frame);
            default -> throw AmqpException.connection(ReplyCode.UNEXPECTED_FRAME, "unknown type of frame", 0);
        }
    }

    /** Hands out what it may have by now. */
    void dispatch() {
        deliveries.dispatch();
    }

    /** Nothing more is handed out. */
    void stop() {
        deliveries.stop();
    }

    /** The channel is over: what was not acknowledged is ready again. */
    void end() {
        giveUpIncoming();
        deliveries.stop();
        deliveries.recover();
    }

    private void giveUpIncoming() {
        memory.give(reserved);
        reserved = 0;
        incoming = null;
    }

    private void method(ByteBuffer frame) throws AmqpException {
        if (incoming != null) {
            throw IncomingMessage.unexpected("method");
        }
        int id = Frame.size(frame, 0) < Integer.BYTES ? 0 : Frame.methodId(frame, 0);
        Method method = Method.of(id);
        if (method == null || !method.fromClient()) {
            throw AmqpException.connection(ReplyCode.COMMAND_INVALID, "unknown method", id);
        }
        ArgumentReader.check(frame, 0, method);
        ArgumentReader in = new ArgumentReader().reset(frame, 0);
        switch (method.classId()) {
            case 40 -> exchangeMethod(method, in);
            case 50 -> queueMethod(method, in);
            case 60 -> basicMethod(method, in);
            default -> otherMethod(method, in);
        }
    }

    private void otherMethod(Method method, ArgumentReader in) throws AmqpException {
        switch (method) {
            case CHANNEL_FLOW -> {
                if ((in.octet() & FIRST) == 0) {
                    throw notThereEither("active=false", method);
                }
                out.send(out.method(Method.CHANNEL_FLOW_OK).octet(1));
            }
            case CHANNEL_FLOW_OK -> {}
            case ACCESS_REQUEST -> out.send(out.method(Method.ACCESS_REQUEST_OK).shortInt(1));
            case CONFIRM_SELECT -> {
                hasConfirms = true;
                answer(Method.CONFIRM_SELECT_OK, in.octet(), FIRST);
            }
            case TX_SELECT -> {
                if (hasConfirms) {
                    throw failed("cannot switch from confirm to tx mode", method);
                }
                throw notImplemented(method.toString(), method);
            }
            case TX_COMMIT, TX_ROLLBACK -> throw failed("channel is not transactional", method);
            default -> throw notImplemented(method.toString(), method);
        }
    }

    private static AmqpException failed(String what, Method method) {
        return AmqpException.channel(ReplyCode.PRECONDITION_FAILED, what, method.id());
    }

    private void answer(Method answer, int bits, int noWait) {
        if ((bits & noWait) == 0) {
            out.plain(answer);
        }
    }

    private static AmqpException notImplemented(String what, Method method) {
        return AmqpException.connection(
                ReplyCode.NOT_IMPLEMENTED, "the in-memory broker does not know " + what, method.id());
    }

    /** What RabbitMQ refuses in the same way. */
    private static AmqpException notThereEither(String what, Method method) {
        return AmqpException.connection(ReplyCode.NOT_IMPLEMENTED, what, method.id());
    }

    private static void refuseArguments(Map<String, Object> arguments, Set<String> known, Method method)
            throws AmqpException {
        for (String name : arguments.keySet()) {
            if (!known.contains(name)) {
                throw notImplemented("the argument '" + name + '\'', method);
            }
        }
    }

    // Class exchange.

    private void exchangeMethod(Method method, ArgumentReader in) throws AmqpException {
        switch (method) {
            case EXCHANGE_DECLARE -> declareExchange(in);
            case EXCHANGE_DELETE -> {
                in.shortInt();
                String name = in.shortString();
                int bits = in.octet();
                vhost.deleteExchange(name, (bits & FIRST) != 0);
                answer(Method.EXCHANGE_DELETE_OK, bits, SECOND);
            }
            default -> throw notImplemented(method.toString(), method);
        }
    }

    private void declareExchange(ArgumentReader in) throws AmqpException {
        in.shortInt();
        String name = in.shortString();
        String type = in.shortString();
        int bits = in.octet();
        Map<String, Object> arguments = in.table();
        if ((bits & FIRST) != 0) {
            vhost.exchange(name, Method.EXCHANGE_DECLARE);
        } else {
            refuseArguments(arguments, Set.of(), Method.EXCHANGE_DECLARE);
            Exchange.Type known = Exchange.Type.of(type);
            if (known == null) {
                throw AmqpException.connection(
                        ReplyCode.COMMAND_INVALID,
                        "unknown exchange type '" + type + '\'',
                        Method.EXCHANGE_DECLARE.id());
            }
            vhost.declare(
                    name,
                    new Exchange.Declaration(known, (bits & SECOND) != 0, (bits & THIRD) != 0, (bits & FOURTH) != 0));
        }
        answer(Method.EXCHANGE_DECLARE_OK, bits, FIFTH);
    }

    // Class queue.

    private void queueMethod(Method method, ArgumentReader in) throws AmqpException {
        switch (method) {
            case QUEUE_DECLARE -> declareQueue(in);
            case QUEUE_BIND -> bindQueue(in);
            case QUEUE_UNBIND -> {
                in.shortInt();
                String queue = named(in.shortString(), method);
                vhost.unbind(queue, in.shortString(), in.shortString(), in.table());
                out.plain(Method.QUEUE_UNBIND_OK);
            }
            case QUEUE_PURGE -> {
                in.shortInt();
                MessageQueue queue = queue(in, method);
                count(Method.QUEUE_PURGE_OK, queue.purge(), in.octet() & FIRST);
            }
            case QUEUE_DELETE -> deleteQueue(in);
            default -> throw notImplemented(method.toString(), method);
        }
    }

    private void count(Method answer, int messages, int noWait) {
        if (noWait == 0) {
            out.send(out.method(answer).longInt(messages));
        }
    }

    /** No name means the queue that was declared last on the channel. */
    private String named(String queue, Method method) throws AmqpException {
        if (queue.isEmpty() && lastQueue.isEmpty()) {
            throw AmqpException.channel(ReplyCode.NOT_FOUND, "no previously declared queue", method.id());
        }
        return queue.isEmpty() ? lastQueue : queue;
    }

    private MessageQueue queue(ArgumentReader in, Method method) throws AmqpException {
        return vhost.queue(named(in.shortString(), method), connection, method);
    }

    private void declareQueue(ArgumentReader in) throws AmqpException {
        in.shortInt();
        String name = in.shortString();
        int bits = in.octet();
        Map<String, Object> arguments = in.table();
        MessageQueue queue;
        if ((bits & FIRST) != 0) {
            queue = vhost.queue(name, connection, Method.QUEUE_DECLARE);
        } else {
            MessageQueue.Declaration declaration = new MessageQueue.Declaration(
                    (bits & SECOND) != 0,
                    (bits & FOURTH) != 0,
                    (bits & THIRD) != 0 ? connection : null,
                    arguments,
                    mostReady(name, arguments),
                    "reject-publish".equals(arguments.get("x-overflow")));
            queue = vhost.declare(name.isEmpty() ? vhost.newQueueName() : name, declaration, connection);
        }
        lastQueue = queue.name;
        if ((bits & FIFTH) == 0) {
            out.send(out.method(Method.QUEUE_DECLARE_OK)
                    .shortString(queue.name)
                    .longInt(queue.ready())
                    .longInt(queue.consumers()));
        }
    }

    /** What an argument changes has to happen; others are refused, and are not forgotten. */
    private long mostReady(String queue, Map<String, Object> arguments) throws AmqpException {
        refuseArguments(arguments, MessageQueue.ARGUMENTS, Method.QUEUE_DECLARE);
        Object overflow = arguments.getOrDefault("x-overflow", "drop-head");
        Object type = arguments.getOrDefault("x-queue-type", "classic");
        Object most = arguments.getOrDefault("x-max-length", Long.MAX_VALUE);
        if (!Set.of("drop-head", "reject-publish").contains(overflow)) {
            throw notImplemented("x-overflow=" + overflow, Method.QUEUE_DECLARE);
        }
        if (!type.equals("classic")) {
            throw notImplemented("x-queue-type=" + type, Method.QUEUE_DECLARE);
        }
        if (!(most instanceof Number number) || number.longValue() < 0) {
            String why = most instanceof String ? "\"expected integer, got longstr\"" : most.toString();
            String where = " for queue '" + queue + '\'' + vhost.where() + ": ";
            throw failed("invalid arg 'x-max-length'" + where + why, Method.QUEUE_DECLARE);
        }
        return number.longValue();
    }

    private void bindQueue(ArgumentReader in) throws AmqpException {
        in.shortInt();
        String named = in.shortString();
        MessageQueue queue = vhost.queue(named(named, Method.QUEUE_BIND), connection, Method.QUEUE_BIND);
        String exchange = in.shortString();
        String key = in.shortString();
        int bits = in.octet();
        // Without names of queue and key the queue's own is the key (AMQP 0-9-1, section 1.7.2.3.3).
        vhost.bind(queue, exchange, named.isEmpty() && key.isEmpty() ? queue.name : key, in.table());
        answer(Method.QUEUE_BIND_OK, bits, FIRST);
    }

    private void deleteQueue(ArgumentReader in) throws AmqpException {
        in.shortInt();
        String name = named(in.shortString(), Method.QUEUE_DELETE);
        int bits = in.octet();
        int messages = 0;
        // That it is gone already is no error.
        if (vhost.find(name) != null) {
            MessageQueue queue = vhost.queue(name, connection, Method.QUEUE_DELETE);
            if ((bits & FIRST) != 0 && queue.consumers() > 0) {
                throw inTheWay(queue, " in use");
            }
            if ((bits & SECOND) != 0 && queue.ready() > 0) {
                throw inTheWay(queue, " not empty");
            }
            messages = vhost.delete(queue);
        }
        count(Method.QUEUE_DELETE_OK, messages, bits & THIRD);
    }

    private AmqpException inTheWay(MessageQueue queue, String what) {
        return AmqpException.channel(
                ReplyCode.PRECONDITION_FAILED,
                "queue '" + queue.name + '\'' + vhost.where() + what,
                Method.QUEUE_DELETE.id());
    }

    // Class basic.

    private void basicMethod(Method method, ArgumentReader in) throws AmqpException {
        switch (method) {
            case BASIC_QOS -> limitPrefetch(in);
            case BASIC_CONSUME -> consume(in);
            case BASIC_CANCEL -> {
                String tag = in.shortString();
                deliveries.cancel(tag);
                if ((in.octet() & FIRST) == 0) {
                    out.send(out.method(Method.BASIC_CANCEL_OK).shortString(tag));
                }
            }
            case BASIC_CANCEL_OK -> {}
            case BASIC_PUBLISH -> publish(in);
            case BASIC_GET -> {
                in.shortInt();
                MessageQueue queue = queue(in, method);
                deliveries.get(queue, (in.octet() & FIRST) == 0);
            }
            case BASIC_ACK -> {
                long tag = in.longLong();
                deliveries.settle(tag, (in.octet() & FIRST) != 0, Outcome.GONE, method);
            }
            case BASIC_REJECT -> {
                long tag = in.longLong();
                deliveries.settle(tag, false, outcome(in.octet() & FIRST), method);
            }
            case BASIC_NACK -> {
                long tag = in.longLong();
                int bits = in.octet();
                deliveries.settle(tag, (bits & FIRST) != 0, outcome(bits & SECOND), method);
            }
            case BASIC_RECOVER, BASIC_RECOVER_ASYNC -> recover(in, method);
            default -> throw notImplemented(method.toString(), method);
        }
    }

    private static Outcome outcome(int requeue) {
        return requeue == 0 ? Outcome.GONE : Outcome.READY_AGAIN;
    }

    private void limitPrefetch(ArgumentReader in) throws AmqpException {
        if (in.longInt() != 0) {
            throw notImplemented("a prefetch size", Method.BASIC_QOS);
        }
        int count = in.shortInt();
        boolean isOfAll = (in.octet() & FIRST) != 0;
        out.plain(Method.BASIC_QOS_OK);
        deliveries.prefetch(count, isOfAll);
    }

    private void consume(ArgumentReader in) throws AmqpException {
        in.shortInt();
        String name = named(in.shortString(), Method.BASIC_CONSUME);
        if (name.equals(REPLY_TO)) {
            throw notImplemented("direct reply-to", Method.BASIC_CONSUME);
        }
        MessageQueue queue = vhost.queue(name, connection, Method.BASIC_CONSUME);
        String wanted = in.shortString();
        int bits = in.octet();
        refuseArguments(in.table(), Set.of(), Method.BASIC_CONSUME);
        boolean isExclusive = (bits & THIRD) != 0;
        if (queue.isInExclusiveUse() || (isExclusive && queue.consumers() > 0)) {
            throw AmqpException.channel(
                    ReplyCode.ACCESS_REFUSED,
                    "queue '" + queue.name + '\'' + vhost.where() + " in exclusive use",
                    Method.BASIC_CONSUME.id());
        }
        String tag = deliveries.consume(queue, wanted, (bits & SECOND) == 0, isExclusive);
        if ((bits & FOURTH) == 0) {
            out.send(out.method(Method.BASIC_CONSUME_OK).shortString(tag));
        }
        queue.dispatch();
    }

    private void recover(ArgumentReader in, Method method) throws AmqpException {
        if ((in.octet() & FIRST) == 0) {
            throw notThereEither("requeue=false", method);
        }
        if (method == Method.BASIC_RECOVER) {
            out.plain(Method.BASIC_RECOVER_OK);
        }
        deliveries.recover();
    }

    private void publish(ArgumentReader in) throws AmqpException {
        in.shortInt();
        String exchange = in.shortString();
        String key = in.shortString();
        int bits = in.octet();
        if ((bits & SECOND) != 0) {
            throw notThereEither("immediate=true", Method.BASIC_PUBLISH);
        }
        incoming = new IncomingMessage(exchange, key, (bits & FIRST) != 0);
    }

    private void header(ByteBuffer frame) throws AmqpException {
        IncomingMessage message = incoming;
        if (message == null) {
            throw IncomingMessage.unexpected("header");
        }
        message.header(frame);
        long size = frame.getLong(Frame.BODY_SIZE_OFFSET);
        memory.take(size);
        reserved = size;
        complete(message);
    }

    private void body(ByteBuffer frame) throws AmqpException {
        IncomingMessage message = incoming;
        if (message == null) {
            throw IncomingMessage.unexpected("body");
        }
        message.body(frame);
        complete(message);
    }

    private void check(MessageProperties properties) throws AmqpException {
        String sender = properties.userId();
        if (sender != null && !sender.equals(user)) {
            throw AmqpException.channel(
                    ReplyCode.PRECONDITION_FAILED,
                    "user_id property set to '" + sender + "' but authenticated user was '" + user + '\'',
                    Method.BASIC_PUBLISH.id());
        }
        if (properties.expiration() != null) {
            throw notImplemented("the expiration of messages", Method.BASIC_PUBLISH);
        }
        if (REPLY_TO.equals(properties.replyTo())) {
            throw notImplemented("direct reply-to", Method.BASIC_PUBLISH);
        }
        for (String name : List.of("CC", "BCC")) {
            if (properties.headers().containsKey(name)) {
                throw notImplemented("the header '" + name + '\'', Method.BASIC_PUBLISH);
            }
        }
    }

    private void complete(IncomingMessage gathered) throws AmqpException {
        Message message = gathered.message();
        if (message == null) {
            return;
        }
        giveUpIncoming();
        MessageProperties properties = MessageProperties.of(message.properties());
        check(properties);
        long tag = hasConfirms ? ++published : 0;
        Set<MessageQueue> queues = vhost.route(message.exchange(), message.routingKey(), properties.headers());
        if (queues.isEmpty() && gathered.isMandatory) {
            out.giveBack(message);
        }
        boolean isTaken = queues.stream().noneMatch(MessageQueue::isFull);
        if (isTaken) {
            for (MessageQueue queue : queues) {
                memory.take(message.octets());
                queue.publish(message);
            }
        }
        if (hasConfirms) {
            out.confirm(tag, isTaken);
        }
    }
}
