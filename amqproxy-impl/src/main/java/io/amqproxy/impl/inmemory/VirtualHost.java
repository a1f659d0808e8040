package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The exchanges and queues of one virtual host, and who may do what with them. Texts of errors are RabbitMQ's. */
final class VirtualHost {

    /** Queues, exchanges and bindings each; a test that needs more has a leak. */
    private static final int MOST = 65_536;

    private static final String RESERVED = "amq.";

    private final String name;
    private final Memory memory;
    private final Map<String, Exchange> exchanges = new HashMap<>();
    private final Map<String, MessageQueue> queues = new HashMap<>();
    private int bindings;

    VirtualHost(String name, Memory memory) {
        this.name = name;
        this.memory = memory;
        for (Exchange.Type type : Exchange.Type.values()) {
            String own = RESERVED + type.protocolName();
            exchanges.put(own, new Exchange(own, new Exchange.Declaration(type, true, false, false)));
        }
    }

    String where() {
        return " in vhost '" + name + "'";
    }

    @Nullable
    MessageQueue find(String queue) {
        return queues.get(queue);
    }

    /** A queue that this connection may use. */
    MessageQueue queue(String queue, Object user, Method method) throws AmqpException {
        MessageQueue found = queues.get(queue);
        if (found == null) {
            throw AmqpException.channel(ReplyCode.NOT_FOUND, "no queue '" + queue + '\'' + where(), method.id());
        }
        Object owner = found.declaration.owner();
        if (owner != null && owner != user) {
            throw AmqpException.channel(
                    ReplyCode.RESOURCE_LOCKED,
                    "cannot obtain exclusive access to locked queue '" + queue + '\'' + where()
                            + ". It could be originally declared on another connection or the exclusive property"
                            + " value does not match that of the original declaration.",
                    method.id());
        }
        return found;
    }

    Exchange exchange(String exchange, Method method) throws AmqpException {
        Exchange found = exchanges.get(exchange);
        if (found == null) {
            throw AmqpException.channel(ReplyCode.NOT_FOUND, "no exchange '" + exchange + '\'' + where(), method.id());
        }
        return found;
    }

    String newQueueName() {
        return RESERVED + "gen-" + BrokersNames.next();
    }

    MessageQueue declare(String queue, MessageQueue.Declaration wanted, Object user) throws AmqpException {
        if (queues.containsKey(queue)) {
            MessageQueue present = queue(queue, user, Method.QUEUE_DECLARE);
            String what = "queue '" + queue + '\'' + where();
            MessageQueue.Declaration is = present.declaration;
            same("durable", what, is.isDurable(), wanted.isDurable(), Method.QUEUE_DECLARE);
            same("exclusive", what, is.owner() != null, wanted.owner() != null, Method.QUEUE_DECLARE);
            same("auto_delete", what, is.isAutoDelete(), wanted.isAutoDelete(), Method.QUEUE_DECLARE);
            for (String argument : MessageQueue.ARGUMENTS) {
                sameArgument(
                        argument,
                        what,
                        is.arguments().get(argument),
                        wanted.arguments().get(argument));
            }
            return present;
        }
        if (queue.startsWith(RESERVED) && !queue.startsWith(RESERVED + "gen-")) {
            throw reserved("queue", queue, Method.QUEUE_DECLARE);
        }
        room(queues.size(), Method.QUEUE_DECLARE);
        MessageQueue created = new MessageQueue(queue, wanted, memory);
        queues.put(queue, created);
        return created;
    }

    void declare(String exchange, Exchange.Declaration wanted) throws AmqpException {
        refuseDefault(exchange, Method.EXCHANGE_DECLARE);
        Exchange present = exchanges.get(exchange);
        if (present != null) {
            String what = "exchange '" + exchange + '\'' + where();
            Exchange.Declaration is = present.declaration;
            same("type", what, is.type().protocolName(), wanted.type().protocolName(), Method.EXCHANGE_DECLARE);
            same("durable", what, is.isDurable(), wanted.isDurable(), Method.EXCHANGE_DECLARE);
            same("auto_delete", what, is.isAutoDelete(), wanted.isAutoDelete(), Method.EXCHANGE_DECLARE);
            same("internal", what, is.isInternal(), wanted.isInternal(), Method.EXCHANGE_DECLARE);
            return;
        }
        if (exchange.startsWith(RESERVED)) {
            throw reserved("exchange", exchange, Method.EXCHANGE_DECLARE);
        }
        room(exchanges.size(), Method.EXCHANGE_DECLARE);
        exchanges.put(exchange, new Exchange(exchange, wanted));
    }

    private AmqpException reserved(String what, String wanted, Method method) {
        return AmqpException.channel(
                ReplyCode.ACCESS_REFUSED,
                what + " name '" + wanted + "' contains reserved prefix 'amq.*'",
                method.id());
    }

    private static void same(String argument, String what, Object is, Object wanted, Method method)
            throws AmqpException {
        if (!is.equals(wanted)) {
            throw AmqpException.channel(
                    ReplyCode.PRECONDITION_FAILED,
                    "inequivalent arg '" + argument + "' for " + what + ": received '" + wanted + "' but current is '"
                            + is + '\'',
                    method.id());
        }
    }

    /** Of numbers the value counts, whatever their type. */
    private static void sameArgument(String argument, String what, @Nullable Object is, @Nullable Object wanted)
            throws AmqpException {
        if (is instanceof Number one && wanted instanceof Number other) {
            same(argument, what, one.longValue(), other.longValue(), Method.QUEUE_DECLARE);
        } else if (is != null && wanted != null) {
            same(argument, what, is, wanted, Method.QUEUE_DECLARE);
        } else if (!Objects.equals(is, wanted)) {
            throw AmqpException.channel(
                    ReplyCode.PRECONDITION_FAILED,
                    "inequivalent arg '" + argument + "' for " + what + ": received " + typed(wanted)
                            + " but current is " + typed(is),
                    Method.QUEUE_DECLARE.id());
        }
    }

    /** A value with its type, in RabbitMQ's words for one that is there on one side only. */
    private static String typed(@Nullable Object value) {
        if (value == null) {
            return "none";
        }
        String type = value instanceof Integer
                ? "signedint"
                : value instanceof String
                        ? "longstr"
                        : value.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        return "the value '" + value + "' of type '" + type + '\'';
    }

    private static void refuseDefault(String exchange, Method method) throws AmqpException {
        if (exchange.isEmpty()) {
            throw AmqpException.channel(
                    ReplyCode.ACCESS_REFUSED, "operation not permitted on the default exchange", method.id());
        }
    }

    private static void room(int present, Method method) throws AmqpException {
        if (present >= MOST) {
            throw AmqpException.connection(
                    ReplyCode.RESOURCE_ERROR, "the in-memory broker has " + MOST + " of them at the most", method.id());
        }
    }

    void bind(MessageQueue queue, String exchange, String key, Map<String, Object> arguments) throws AmqpException {
        refuseDefault(exchange, Method.QUEUE_BIND);
        room(bindings, Method.QUEUE_BIND);
        Exchange bound = exchange(exchange, Method.QUEUE_BIND);
        int before = bound.bindings();
        bound.bind(queue, key, arguments);
        bindings += bound.bindings() - before;
    }

    /** What is not bound is no error. */
    void unbind(String queue, String exchange, String key, Map<String, Object> arguments) throws AmqpException {
        refuseDefault(exchange, Method.QUEUE_UNBIND);
        MessageQueue bound = queues.get(queue);
        Exchange from = exchanges.get(exchange);
        if (bound != null && from != null) {
            int before = from.bindings();
            boolean isDone = from.unbind(bound, key, arguments);
            bindings += from.bindings() - before;
            if (isDone) {
                exchanges.remove(exchange);
            }
        }
    }

    void deleteExchange(String exchange, boolean ifUnused) throws AmqpException {
        refuseDefault(exchange, Method.EXCHANGE_DELETE);
        Exchange present = exchanges.get(exchange);
        if (present == null) {
            return;
        }
        if (exchange.startsWith(RESERVED)) {
            throw AmqpException.channel(
                    ReplyCode.ACCESS_REFUSED,
                    "deletion of system exchange '" + exchange + '\'' + where() + " not allowed",
                    Method.EXCHANGE_DELETE.id());
        }
        if (ifUnused && present.isUsed()) {
            throw AmqpException.channel(
                    ReplyCode.PRECONDITION_FAILED,
                    "exchange '" + exchange + '\'' + where() + " in use",
                    Method.EXCHANGE_DELETE.id());
        }
        bindings -= present.bindings();
        exchanges.remove(exchange);
    }

    /** {@return how many messages are gone with it} */
    int delete(MessageQueue queue) {
        if (!queues.remove(queue.name, queue)) {
            return 0;
        }
        for (Exchange exchange : List.copyOf(exchanges.values())) {
            int before = exchange.bindings();
            boolean isDone = exchange.unbind(queue);
            bindings += exchange.bindings() - before;
            if (isDone) {
                exchanges.remove(exchange.name);
            }
        }
        return queue.delete();
    }

    /** The queues that belong to a connection are gone with it. */
    void deleteQueuesOf(Object owner) {
        List.copyOf(queues.values()).stream()
                .filter(queue -> queue.declaration.owner() == owner)
                .forEach(this::delete);
    }

    /** {@return the queues that get a message} */
    Set<MessageQueue> route(String exchange, String key, Map<String, Object> headers) throws AmqpException {
        if (exchange.isEmpty()) {
            MessageQueue queue = queues.get(key);
            return queue == null ? Set.of() : Set.of(queue);
        }
        Exchange found = exchange(exchange, Method.BASIC_PUBLISH);
        if (found.declaration.isInternal()) {
            throw AmqpException.channel(
                    ReplyCode.ACCESS_REFUSED,
                    "cannot publish to internal exchange '" + exchange + '\'' + where(),
                    Method.BASIC_PUBLISH.id());
        }
        return found.route(key, headers);
    }
}
