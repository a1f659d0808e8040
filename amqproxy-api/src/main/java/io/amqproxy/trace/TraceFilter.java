package io.amqproxy.trace;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
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

    private static final int MAX_BODY_LIMIT = 16 * 1024 * 1024;

    private final Set<Direction> directions;
    private final @Nullable Set<String> names;
    private final Predicate<? super ClientInfo> clients;
    private final Predicate<? super UpstreamInfo> upstreams;
    private final int bodyLimit;

    private TraceFilter(
            Set<Direction> directions,
            @Nullable Set<String> names,
            Predicate<? super ClientInfo> clients,
            Predicate<? super UpstreamInfo> upstreams,
            int bodyLimit) {
        this.directions = directions;
        this.names = names;
        this.clients = clients;
        this.upstreams = upstreams;
        this.bodyLimit = bodyLimit;
    }

    /** {@return one for everything on all connections, with the first 4,096 octets of bodies} */
    public static TraceFilter all() {
        return new TraceFilter(
                EnumSet.allOf(Direction.class), null, client -> true, upstream -> true, DEFAULT_BODY_LIMIT);
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
        return new TraceFilter(EnumSet.of(first, more), names, clients, upstreams, bodyLimit);
    }

    /**
     * {@return the same for these methods and performatives only}
     *
     * @param wanted {@link TraceEvent#name} of each
     */
    public TraceFilter names(String... wanted) {
        return new TraceFilter(directions, Set.copyOf(List.of(wanted)), clients, upstreams, bodyLimit);
    }

    /**
     * {@return the same for the connections of these clients only}
     *
     * @param wanted asked on the proxy's selector threads for what has a direction and name that are wanted; it must
     *     not block
     */
    public TraceFilter clients(Predicate<? super ClientInfo> wanted) {
        return new TraceFilter(directions, names, Objects.requireNonNull(wanted, "wanted"), upstreams, bodyLimit);
    }

    /**
     * {@return the same for these connections to the broker only}
     *
     * @param wanted asked on the proxy's selector threads for what has a direction and name that are wanted; it must
     *     not block
     */
    public TraceFilter upstreams(Predicate<? super UpstreamInfo> wanted) {
        return new TraceFilter(directions, names, clients, Objects.requireNonNull(wanted, "wanted"), bodyLimit);
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
        return new TraceFilter(directions, names, clients, upstreams, octets);
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
                + (names == null ? "all" : names) + ", bodyLimit=" + bodyLimit + "]";
    }
}
