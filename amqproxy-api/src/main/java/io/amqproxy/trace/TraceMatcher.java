package io.amqproxy.trace;

import io.amqproxy.internal.NodeAddress;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says which events are meant, in words that an assertion can print. Immutable: each method answers another matcher.
 *
 * <p>The words are those of the clients' side: what a client published, was delivered, was confirmed. For what the
 * proxy and the broker say to each other there is {@link #inDirection}.
 */
public final class TraceMatcher implements Predicate<TraceEvent> {

    private final String words;
    private final Predicate<TraceEvent> test;

    private TraceMatcher(String words, Predicate<TraceEvent> test) {
        this.words = words;
        this.test = test;
    }

    /**
     * {@return one for this method or performative, in any direction}
     *
     * @param name {@link TraceEvent#name}
     */
    public static TraceMatcher named(String name) {
        Objects.requireNonNull(name, "name");
        return new TraceMatcher(name, event -> event.name().equals(name));
    }

    /**
     * {@return one for this, said by a client}
     *
     * @param name {@link TraceEvent#name}
     */
    public static TraceMatcher fromClient(String name) {
        return named(name).inDirection(Direction.FROM_CLIENT);
    }

    /**
     * {@return one for this, said to a client}
     *
     * @param name {@link TraceEvent#name}
     */
    public static TraceMatcher toClient(String name) {
        return named(name).inDirection(Direction.TO_CLIENT);
    }

    /**
     * {@return one for a message that a client published: {@code basic.publish} of AMQP 0-9-1, or the {@code transfer}
     * of AMQP 1.0 with which a message was complete} Not what the client has written behind the close of its channel or
     * connection, the end of its session or the detach of its link that it has been sent, which nobody takes: that has
     * the argument {@code dropped}.
     *
     * @param name the routing key of AMQP 0-9-1, with the default exchange the queue's name; the address of AMQP 1.0,
     *     of which the last part will do where it has the form of RabbitMQ's ({@code /queues/orders})
     */
    public static TraceMatcher published(String name) {
        Objects.requireNonNull(name, "name");
        return new TraceMatcher(
                "published to '" + name + "'",
                event -> event.direction() == Direction.FROM_CLIENT
                        && event.argument("dropped") == null
                        && (isTransfer(event)
                                ? isAt(event, name)
                                : event.name().equals("basic.publish") && name.equals(event.argument("routing-key"))));
    }

    private static boolean isTransfer(TraceEvent event) {
        return event.name().equals("transfer") && event.message() != null;
    }

    private static boolean isAt(TraceEvent transfer, String name) {
        Object address = transfer.argument("address");
        TracedMessage message = transfer.message();
        if (address == null && message != null) {
            address = message.properties().get("to"); // Of a link that is to no node.
        }
        return address instanceof String text && NodeAddress.isNamed(text, name::equals);
    }

    /**
     * {@return one for a message that a client got: {@code basic.deliver} of AMQP 0-9-1, or the {@code transfer} of
     * AMQP 1.0 with which a message was complete}
     */
    public static TraceMatcher delivered() {
        return new TraceMatcher(
                "delivered",
                event -> event.direction() == Direction.TO_CLIENT
                        && (isTransfer(event) || event.name().equals("basic.deliver")));
    }

    /**
     * {@return one for a message that a client got, as {@link #delivered()} has it, from there}
     *
     * @param name the routing key of AMQP 0-9-1, or the queue of the consumer where the trace has seen its
     *     {@code basic.consume}; the address of AMQP 1.0, as for {@link #published}
     */
    public static TraceMatcher delivered(String name) {
        Objects.requireNonNull(name, "name");
        return delivered()
                .and(
                        "from '" + name + "'",
                        event -> isTransfer(event)
                                ? isAt(event, name)
                                : name.equals(event.argument("routing-key")) || name.equals(event.argument("queue")));
    }

    /**
     * {@return one for a confirm that a client got, whether or not it stands for several: {@code basic.ack} of AMQP
     * 0-9-1, or the {@code disposition} of AMQP 1.0 that says that the broker has accepted what it was sent, within a
     * transaction too} What a coordinator of transactions says is none.
     */
    public static TraceMatcher confirmed() {
        return new TraceMatcher("confirmed", event -> isAcceptance(event, Direction.TO_CLIENT));
    }

    /**
     * {@return one for a client's acknowledgement of what it was delivered: {@code basic.ack} of AMQP 0-9-1, or the
     * {@code disposition} of AMQP 1.0 that says that it has accepted that, within a transaction too}
     */
    public static TraceMatcher acknowledged() {
        return new TraceMatcher("acknowledged", event -> isAcceptance(event, Direction.FROM_CLIENT));
    }

    private static boolean isAcceptance(TraceEvent event, Direction direction) {
        return event.direction() == direction
                && (event.name().equals("basic.ack") || "accepted".equals(outcome(event)));
    }

    /**
     * {@return one for a message that was not taken, said by a client or to it, with or without a condition: the
     * {@code disposition} of AMQP 1.0 that says {@code rejected}; of AMQP 0-9-1 {@code basic.nack} to a client, and
     * {@code basic.reject} or {@code basic.nack} of a client that does not want it back in its queue}
     */
    public static TraceMatcher rejected() {
        return new TraceMatcher(
                "rejected",
                event -> isOfClient(event)
                        && ("rejected".equals(outcome(event))
                                || (isNegative(event)
                                        && (event.direction() == Direction.TO_CLIENT || !isRequeued(event)))));
    }

    /**
     * {@return one for a message that was given back, said by a client or to it: the {@code disposition} of AMQP 1.0
     * that says {@code released}; of AMQP 0-9-1 {@code basic.reject} or {@code basic.nack} of a client that wants it
     * back in its queue}
     */
    public static TraceMatcher released() {
        return new TraceMatcher(
                "released",
                event -> isOfClient(event)
                        && ("released".equals(outcome(event))
                                || (isNegative(event)
                                        && event.direction() == Direction.FROM_CLIENT
                                        && isRequeued(event))));
    }

    /**
     * {@return one for a message that was given back with changes, said by a client or to it: the {@code disposition}
     * of AMQP 1.0 that says {@code modified}, with or without fields}
     */
    public static TraceMatcher modified() {
        return new TraceMatcher("modified", event -> isOfClient(event) && "modified".equals(outcome(event)));
    }

    private static boolean isOfClient(TraceEvent event) {
        return event.direction() == Direction.FROM_CLIENT || event.direction() == Direction.TO_CLIENT;
    }

    private static boolean isNegative(TraceEvent event) {
        return event.name().equals("basic.nack") || event.name().equals("basic.reject");
    }

    private static boolean isRequeued(TraceEvent event) {
        return Boolean.TRUE.equals(event.argument("requeue"));
    }

    /** What a receiver says has become of messages, within a transaction too; null where this says nothing of them. */
    private static @Nullable Object outcome(TraceEvent event) {
        boolean isOfMessages = event.name().equals("disposition")
                && Boolean.TRUE.equals(event.argument("role"))
                && event.argument("coordinator") == null;
        Object state = isOfMessages ? event.argument("state") : null;
        Object name = nameOf(state);
        return "transactional-state".equals(name) ? nameOf(fieldsOf(state).get("outcome")) : name;
    }

    /** The name of its type, which a value with fields is the map of to these. */
    private static @Nullable Object nameOf(@Nullable Object state) {
        return state instanceof Map<?, ?> map && map.size() == 1
                ? map.keySet().iterator().next()
                : state;
    }

    private static Map<?, ?> fieldsOf(@Nullable Object state) {
        return state instanceof Map<?, ?> map && map.values().iterator().next() instanceof Map<?, ?> fields
                ? fields
                : Map.of();
    }

    /**
     * {@return the same with this argument}
     *
     * @param argument its name in the specification
     * @param value what it is; numbers are compared as numbers
     */
    public TraceMatcher with(String argument, Object value) {
        Objects.requireNonNull(argument, "argument");
        Objects.requireNonNull(value, "value");
        return and(
                "with " + argument + "=" + value,
                event -> isSame(event.arguments().get(argument), value));
    }

    private static boolean isSame(@Nullable Object actual, Object wanted) {
        if (actual instanceof Number number && wanted instanceof Number other) {
            return number.longValue() == other.longValue();
        }
        return wanted.equals(actual);
    }

    /**
     * {@return the same with this body, of which all was kept}
     *
     * @param text the body as UTF-8
     */
    public TraceMatcher withBody(String text) {
        Objects.requireNonNull(text, "text");
        return and("with the body '" + text + "'", event -> {
            TracedMessage message = event.message();
            return message != null && !message.isCut() && message.text().equals(text);
        });
    }

    /**
     * {@return the same with this property of the message}
     *
     * @param property its name in the specification
     * @param value what it is; numbers are compared as numbers
     */
    public TraceMatcher withProperty(String property, Object value) {
        Objects.requireNonNull(property, "property");
        Objects.requireNonNull(value, "value");
        return and("with the property " + property + "=" + value, event -> {
            TracedMessage message = event.message();
            return message != null && isSame(message.properties().get(property), value);
        });
    }

    /**
     * {@return the same with this header of the message, of AMQP 1.0 this application property}
     *
     * @param header its name
     * @param value what it is; numbers are compared as numbers
     */
    public TraceMatcher withHeader(String header, Object value) {
        Objects.requireNonNull(header, "header");
        Objects.requireNonNull(value, "value");
        return and("with the header " + header + "=" + value, event -> {
            TracedMessage message = event.message();
            return message != null
                    && (isIn(message.properties().get("headers"), header, value)
                            || isIn(message.properties().get("application-properties"), header, value));
        });
    }

    private static boolean isIn(@Nullable Object headers, String header, Object value) {
        return headers instanceof Map<?, ?> map && isSame(map.get(header), value);
    }

    /**
     * {@return the same in this direction}
     *
     * @param direction which way it goes
     */
    public TraceMatcher inDirection(Direction direction) {
        Objects.requireNonNull(direction, "direction");
        return and(direction.toString(), event -> event.direction() == direction);
    }

    /**
     * {@return the same on the connection of this client}
     *
     * @param id {@link io.amqproxy.ClientInfo#id}
     */
    public TraceMatcher ofClient(long id) {
        return and(
                "of client " + id,
                event -> event.client() != null && event.client().id() == id);
    }

    /**
     * {@return the same on this channel}
     *
     * @param number the channel's number
     */
    public TraceMatcher onChannel(int number) {
        return and("on channel " + number, event -> event.channel() == number);
    }

    /**
     * {@return the same where this is so}
     *
     * @param condition the condition in words
     * @param holds whether it is so
     */
    public TraceMatcher and(String condition, Predicate<? super TraceEvent> holds) {
        Objects.requireNonNull(condition, "condition");
        Objects.requireNonNull(holds, "holds");
        return new TraceMatcher(words + ' ' + condition, event -> test.test(event) && holds.test(event));
    }

    /** {@return whether this event is meant} */
    @Override
    public boolean test(TraceEvent event) {
        return test.test(event);
    }

    /** {@return it in words} */
    @Override
    public String toString() {
        return words;
    }
}
