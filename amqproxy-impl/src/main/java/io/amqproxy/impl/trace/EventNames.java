package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.TraceFilter;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The names that events can have, of both protocols. */
final class EventNames {

    static final String HEARTBEAT = "heartbeat";
    static final String PROTOCOL_HEADER = "protocol-header";
    /** A performative that cannot be read. */
    static final String MALFORMED = "malformed";
    /** A method that nobody knows. */
    static final String UNKNOWN_METHOD = "unknown-method";

    private EventNames() {}

    /** @throws IllegalArgumentException if it names what there is not, or wants nothing that can be said */
    static void check(TraceFilter filter) {
        Set<String> all = directions().flatMap(EventNames::of).collect(Collectors.toSet());
        for (String unknown : filter.namesBesides(all)) {
            throw new IllegalArgumentException("there is no method or performative '" + unknown + "'");
        }
        if (directions().noneMatch(direction -> of(direction).anyMatch(name -> isWanted(filter, direction, name)))) {
            throw new IllegalArgumentException("nothing that can be said is wanted by " + filter);
        }
    }

    private static Stream<Direction> directions() {
        return Arrays.stream(Direction.values());
    }

    private static boolean isWanted(TraceFilter filter, Direction direction, String name) {
        return filter.wants(direction, name, null, null);
    }

    private static Stream<String> of(Direction direction) {
        boolean isTowardsBroker = direction == Direction.FROM_CLIENT || direction == Direction.TO_BROKER;
        Stream<String> methods = Arrays.stream(Method.values())
                .filter(method -> isTowardsBroker ? method.fromClient() : method.fromBroker())
                .map(Method::toString);
        Stream<String> performatives = Arrays.stream(CompositeType.values())
                .filter(type -> !type.isSasl() || isSaslOfClient(type) == isTowardsBroker)
                .map(CompositeType::protocolName);
        Stream<String> others = Stream.of(HEARTBEAT, PROTOCOL_HEADER, MALFORMED, UNKNOWN_METHOD);
        return Stream.of(methods, performatives, others).flatMap(names -> names);
    }

    private static boolean isSaslOfClient(CompositeType type) {
        return type == CompositeType.SASL_INIT || type == CompositeType.SASL_RESPONSE;
    }
}
