package io.amqproxy.trace;

import java.util.function.Predicate;

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
     * {@return one for a {@code basic.publish} of a client (AMQP 0-9-1)}
     *
     * @param routingKey its routing key: with the default exchange the queue's name
     */
    public static TraceMatcher published(String routingKey) {
        return fromClient("basic.publish").with("routing-key", routingKey);
    }

    /** {@return one for a {@code basic.deliver} to a client (AMQP 0-9-1)} */
    public static TraceMatcher delivered() {
        return toClient("basic.deliver");
    }

    /**
     * {@return one for a confirm that a client got, whether or not it stands for several (AMQP 0-9-1,
     * {@code basic.ack})}
     */
    public static TraceMatcher confirmed() {
        return toClient("basic.ack");
    }

    /** {@return one for a client's {@code basic.ack} of a delivery (AMQP 0-9-1)} */
    public static TraceMatcher acknowledged() {
        return fromClient("basic.ack");
    }

    /**
     * {@return the same with this argument}
     *
     * @param argument its name in the specification
     * @param value what it is; numbers are compared as numbers
     */
    public TraceMatcher with(String argument, Object value) {
        return and(
                "with " + argument + "=" + value,
                event -> isSame(event.arguments().get(argument), value));
    }

    private static boolean isSame(@org.jspecify.annotations.Nullable Object actual, Object wanted) {
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
        return and("with the property " + property + "=" + value, event -> {
            TracedMessage message = event.message();
            return message != null && isSame(message.properties().get(property), value);
        });
    }

    /**
     * {@return the same in this direction}
     *
     * @param direction which way it goes
     */
    public TraceMatcher inDirection(Direction direction) {
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
