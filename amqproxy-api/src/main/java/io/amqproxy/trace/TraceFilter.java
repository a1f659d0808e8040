package io.amqproxy.trace;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.internal.NodeAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a trace is to have. Applied where events are taken, to what the head of a frame says, before arguments are
 * decoded and bodies kept, so that what is not asked for costs little: no objects are made for it. Immutable: each
 * method answers another filter.
 */
public final class TraceFilter {

    /** How many octets of a body are kept where nothing else is said. */
    public static final int DEFAULT_BODY_LIMIT = 4096;

    /** Arguments that name something. */
    private static final List<String> NAMING =
            List.of("queue", "exchange", "routing-key", "consumer-tag", "source", "destination", "target", "address");

    private static final int MAX_BODY_LIMIT = 16 * 1024 * 1024;

    private final Set<Direction> directions;
    private final @Nullable Set<String> names;
    private final Predicate<? super ClientInfo> clients;
    private final Predicate<? super UpstreamInfo> upstreams;
    private final @Nullable Set<String> named;
    private final int bodyLimit;

    private TraceFilter(
            Set<Direction> directions,
            @Nullable Set<String> names,
            Predicate<? super ClientInfo> clients,
            Predicate<? super UpstreamInfo> upstreams,
            @Nullable Set<String> named,
            int bodyLimit) {
        this.directions = directions;
        this.names = names;
        this.clients = clients;
        this.upstreams = upstreams;
        this.named = named;
        this.bodyLimit = bodyLimit;
    }

    /** {@return one for everything on all connections, with the first 4,096 octets of bodies} */
    public static TraceFilter all() {
        return new TraceFilter(
                EnumSet.allOf(Direction.class), null, client -> true, upstream -> true, null, DEFAULT_BODY_LIMIT);
    }

    /** {@return one for everything on clients' connections, and nothing of those to the broker} */
    public static TraceFilter ofClients() {
        return all().directions(Direction.FROM_CLIENT, Direction.TO_CLIENT);
    }

    /**
     * {@return the same for these directions only}
     *
     * @param first one of them
     * @param more others
     */
    public TraceFilter directions(Direction first, Direction... more) {
        return new TraceFilter(EnumSet.of(first, more), names, clients, upstreams, named, bodyLimit);
    }

    /**
     * {@return the same for these methods and performatives only} A trace of what there is not is refused.
     *
     * @param wanted {@link TraceEvent#name} of each
     */
    public TraceFilter names(String... wanted) {
        return new TraceFilter(directions, Set.copyOf(List.of(wanted)), clients, upstreams, named, bodyLimit);
    }

    /**
     * {@return the same for what names one of these only} A method names queues, exchanges, routing keys and consumer
     * tags, a {@code basic.deliver} also the queue of its consumer where the trace has seen that begin; an attach of
     * AMQP 1.0 the addresses of its source and target, a transfer the address of its link, or the {@code to} of its
     * message where that has none. Of an address of RabbitMQ's form ({@code /queues/orders}) the last part will do.
     * What names nothing, such as confirms, acknowledgements, and what begins and ends connections, is left out.
     *
     * <pre>{@code
     * try (Recorder recorder = proxy.record(TraceFilter.ofClients().naming("orders"))) {
     *     orders.place("one");
     * }
     * }</pre>
     *
     * @param first the name of a queue, an exchange, a routing key or a consumer, or an address
     * @param more others
     */
    public TraceFilter naming(String first, String... more) {
        Set<String> all = new HashSet<>(List.of(more));
        all.add(Objects.requireNonNull(first, "first"));
        return new TraceFilter(directions, names, clients, upstreams, Set.copyOf(all), bodyLimit);
    }

    /**
     * {@return the same for the connections of these clients only} Nothing is decoded on the connections of others.
     *
     * @param wanted asked on the proxy's selector threads, for a connection when it begins, when the trace begins, and
     *     whenever more is known of the client, such as its user; it must not block
     */
    public TraceFilter clients(Predicate<? super ClientInfo> wanted) {
        return new TraceFilter(
                directions, names, Objects.requireNonNull(wanted, "wanted"), upstreams, named, bodyLimit);
    }

    /**
     * {@return the same for these connections to the broker only}
     *
     * @param wanted asked on the proxy's selector threads, for a connection when it begins, when the trace begins, and
     *     whenever more is known of it; it must not block
     */
    public TraceFilter upstreams(Predicate<? super UpstreamInfo> wanted) {
        return new TraceFilter(directions, names, clients, Objects.requireNonNull(wanted, "wanted"), named, bodyLimit);
    }

    /**
     * {@return the same with so many octets of bodies}
     *
     * @param octets 0 to 16 MiB
     */
    public TraceFilter bodyLimit(int octets) {
        if (octets < 0 || octets > MAX_BODY_LIMIT) {
            throw new IllegalArgumentException("the limit of bodies has to be 0 to " + MAX_BODY_LIMIT + " octets");
        }
        return new TraceFilter(directions, names, clients, upstreams, named, octets);
    }

    /** {@return how many octets of a body are kept} */
    public int bodyLimit() {
        return bodyLimit;
    }

    /**
     * {@return whether it wants this}
     *
     * @param direction which way it goes
     * @param name {@link TraceEvent#name}
     * @param client whose connection it is, or null
     * @param upstream the connection to the broker, or null
     */
    public boolean wants(
            Direction direction, String name, @Nullable ClientInfo client, @Nullable UpstreamInfo upstream) {
        return directions.contains(direction)
                && (names == null || names.contains(name))
                && (client == null || clients.test(client))
                && (upstream == null || upstreams.test(upstream));
    }

    /**
     * {@return the names of methods and performatives that it wants and that are none of these; for whoever makes
     * traces}
     *
     * @param known all that there are
     */
    public Set<String> namesBesides(Collection<String> known) {
        Set<String> others = names == null ? new HashSet<>() : new HashSet<>(names);
        others.removeAll(known);
        return others;
    }

    /**
     * {@return whether it may want something of this connection; for whoever makes traces}
     *
     * @param client whose connection it is, or null
     * @param upstream the connection to the broker, or null; null both for one that only asks how the broker is
     */
    public boolean wantsConnection(@Nullable ClientInfo client, @Nullable UpstreamInfo upstream) {
        boolean isWanted = client == null
                ? directions.contains(Direction.TO_BROKER) || directions.contains(Direction.FROM_BROKER)
                : directions.contains(Direction.TO_CLIENT) || directions.contains(Direction.FROM_CLIENT);
        return isWanted && (client == null || clients.test(client)) && (upstream == null || upstreams.test(upstream));
    }

    /**
     * {@return whether what has these arguments names what is wanted; for whoever makes traces}
     *
     * @param arguments as {@link TraceEvent#arguments} says
     * @param message the message, or null where there is none
     */
    public boolean wantsNames(Map<String, Object> arguments, @Nullable TracedMessage message) {
        Set<String> wanted = named;
        if (wanted == null) {
            return true;
        }
        for (String argument : NAMING) {
            if (isNamed(wanted, arguments.get(argument))) {
                return true;
            }
        }
        return message != null
                && !arguments.containsKey("address")
                && isNamed(wanted, message.properties().get("to"));
    }

    /** A source or target of AMQP 1.0 has an address, and that of RabbitMQ a name in it. */
    private static boolean isNamed(Set<String> wanted, @Nullable Object value) {
        Object name = value instanceof Map<?, ?> terminus ? terminus.get("address") : value;
        return name instanceof String text && NodeAddress.isNamed(text, wanted::contains);
    }

    /**
     * {@return the event as this filter wants it: with no more of the body than it asks for}
     *
     * @param event an event that it {@linkplain #wants wants}
     */
    public TraceEvent limited(TraceEvent event) {
        return event.withBodyOf(bodyLimit);
    }

    /** {@return its parts} */
    @Override
    public String toString() {
        return "TraceFilter[directions=" + Arrays.toString(directions.toArray()) + ", names="
                + (names == null ? "all" : names) + (named == null ? "" : ", naming=" + named) + ", bodyLimit="
                + bodyLimit + "]";
    }
}
