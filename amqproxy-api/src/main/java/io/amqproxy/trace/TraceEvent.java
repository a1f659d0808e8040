package io.amqproxy.trace;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.internal.LogText;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that one peer said to another: a method, with its message if it carries one, a performative, a heartbeat or
 * a protocol header. Immutable. Later versions may have more of it.
 */
public final class TraceEvent {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final Instant time;
    private final Direction direction;
    private final @Nullable ClientInfo client;
    private final @Nullable UpstreamInfo upstream;
    private final int channel;
    private final String name;
    private final Map<String, Object> arguments;
    private final @Nullable TracedMessage message;

    private TraceEvent(
            Instant time,
            Direction direction,
            @Nullable ClientInfo client,
            @Nullable UpstreamInfo upstream,
            int channel,
            String name,
            Map<String, Object> arguments,
            @Nullable TracedMessage message) {
        this.time = time;
        this.direction = direction;
        this.client = client;
        this.upstream = upstream;
        this.channel = channel;
        this.name = name;
        this.arguments = arguments;
        this.message = message;
    }

    /**
     * {@return such an event of a client's connection; for tests of what is given one}
     *
     * @param direction {@link Direction#FROM_CLIENT} or {@link Direction#TO_CLIENT}
     * @param client whose connection it is
     * @param channel the channel's number, 0 for the connection itself
     * @param name as {@link #name} says
     * @param arguments as {@link #arguments} says
     * @param message the message, or null where there is none
     */
    public static TraceEvent of(
            Direction direction,
            ClientInfo client,
            int channel,
            String name,
            Map<String, Object> arguments,
            @Nullable TracedMessage message) {
        return new TraceEvent(Instant.now(), direction, client, null, channel, name, copy(arguments), message);
    }

    /**
     * {@return such an event of a connection to the broker; for tests of what is given one}
     *
     * @param direction {@link Direction#TO_BROKER} or {@link Direction#FROM_BROKER}
     * @param upstream the connection, or null for one that only asks how the broker is
     * @param channel the channel's number, 0 for the connection itself
     * @param name as {@link #name} says
     * @param arguments as {@link #arguments} says
     * @param message the message, or null where there is none
     */
    public static TraceEvent of(
            Direction direction,
            @Nullable UpstreamInfo upstream,
            int channel,
            String name,
            Map<String, Object> arguments,
            @Nullable TracedMessage message) {
        return new TraceEvent(Instant.now(), direction, null, upstream, channel, name, copy(arguments), message);
    }

    private static Map<String, Object> copy(Map<String, Object> arguments) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /** {@return when it was complete} */
    public Instant time() {
        return time;
    }

    /** {@return which way it went} */
    public Direction direction() {
        return direction;
    }

    /** {@return whose connection it went over, as far as was known then; null for a connection to the broker} */
    public @Nullable ClientInfo client() {
        return client;
    }

    /**
     * {@return the connection to the broker that it went over; null for a client's, and for one that only asks how the
     * broker is}
     */
    public @Nullable UpstreamInfo upstream() {
        return upstream;
    }

    /** {@return the channel's number on that connection, 0 for the connection itself} */
    public int channel() {
        return channel;
    }

    /**
     * {@return the name in the specification's spelling: {@code basic.publish}, {@code sasl-init}, or
     * {@code heartbeat}, {@code protocol-header}}
     */
    public String name() {
        return name;
    }

    /**
     * {@return the arguments by their names in the specification ({@code routing-key}), in their order} Bits are
     * {@code Boolean}, numbers {@code Integer}, {@code Long}, {@code Double} or {@code BigDecimal}, texts
     * {@code String}, tables {@code Map}, arrays {@code List}, octets their hexadecimal digits behind {@code 0x}, and
     * no value in a table {@code "null"}. Reserved arguments are left out, secrets are {@code ***}.
     *
     * <p>A composite value of AMQP 1.0, such as a source or an error, is the {@code Map} of its fields. Where it may be
     * of several types, such as the {@code state} of a disposition, it is the name of its type ({@code "accepted"}),
     * or, if it has fields, the {@code Map} of that name to the {@code Map} of these. A {@code transfer} has an
     * argument more, the {@code address} of its link: of the target where the message goes to the broker, of the source
     * where it comes from it. A {@code disposition} of what was said to a coordinator of transactions has
     * {@code coordinator}, which is true.
     *
     * <p>A {@code transfer} or {@code basic.publish} towards the broker has {@code dropped}, which is true, where it
     * comes behind the close of its channel or connection, the end of its session or the detach of its link by the
     * other peer, so that nobody takes it. A {@code basic.deliver} has the {@code queue} of its consumer where the
     * trace has seen that begin.
     */
    public Map<String, Object> arguments() {
        return arguments;
    }

    /**
     * {@return one of the arguments, or null where there is none}
     *
     * @param argument its name in the specification
     */
    public @Nullable Object argument(String argument) {
        return arguments.get(argument);
    }

    /**
     * {@return the message, null where there is none} Of AMQP 1.0 it comes with the last of its transfers, and has
     * neither properties nor body if it may be a token, or if its link was there before the trace.
     */
    public @Nullable TracedMessage message() {
        return message;
    }

    TraceEvent withBodyOf(int most) {
        TracedMessage whole = message;
        TracedMessage cut = whole == null ? null : whole.cutTo(most);
        return cut == whole ? this : new TraceEvent(time, direction, client, upstream, channel, name, arguments, cut);
    }

    private String peer() {
        ClientInfo whose = client;
        if (whose != null) {
            return "client " + whose.id();
        }
        UpstreamInfo up = upstream;
        return up == null ? "probe" : "upstream " + up.id();
    }

    /** {@return a line as of a protocol's log: time, who, an arrow to or from the broker, channel, what, message} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(TIME.format(LocalTime.ofInstant(time, ZoneId.systemDefault())));
        boolean towardsBroker = direction == Direction.FROM_CLIENT || direction == Direction.TO_BROKER;
        text.append(' ').append(peer()).append(towardsBroker ? " -> " : " <- ");
        text.append(channel).append(' ').append(name);
        arguments.forEach(
                (key, value) -> text.append(' ').append(key).append('=').append(shown(value)));
        if (message != null) {
            text.append(' ').append(message);
        }
        return text.toString();
    }

    private static String shown(Object value) {
        return value instanceof String string ? "'" + LogText.of(string) + "'" : LogText.of(value.toString());
    }
}
