package io.amqproxy.impl.inmemory;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An exchange with its bindings to queues. */
final class Exchange {

    /** The types of exchanges (AMQP 0-9-1, section 3.1.3) that there are here. */
    enum Type {
        DIRECT,
        FANOUT,
        HEADERS,
        TOPIC;

        /** {@return the type that is called like this, or null} */
        static @Nullable Type of(String name) {
            return switch (name) {
                case "direct" -> DIRECT;
                case "fanout" -> FANOUT;
                case "headers" -> HEADERS;
                case "topic" -> TOPIC;
                default -> null;
            };
        }

        String protocolName() {
            return switch (this) {
                case DIRECT -> "direct";
                case FANOUT -> "fanout";
                case HEADERS -> "headers";
                case TOPIC -> "topic";
            };
        }
    }

    /** What an exchange was declared with. */
    record Declaration(Type type, boolean isDurable, boolean isAutoDelete, boolean isInternal) {}

    private record Binding(MessageQueue queue, String key, Map<String, Object> arguments) {

        /** Headers whose names begin so are no condition (section 3.1.3.4). */
        private static final String RESERVED = "x-";

        private boolean matches(Type type, String routingKey, Map<String, Object> headers) {
            return switch (type) {
                case FANOUT -> true;
                case DIRECT -> key.equals(routingKey);
                case TOPIC -> TopicPattern.matches(key, routingKey);
                case HEADERS -> matches(headers);
            };
        }

        private boolean matches(Map<String, Object> headers) {
            Stream<Map.Entry<String, Object>> conditions = arguments.entrySet().stream()
                    .filter(condition -> !condition.getKey().startsWith(RESERVED));
            Predicate<Map.Entry<String, Object>> isMet = condition -> {
                Object value = headers.get(condition.getKey());
                return value != null && (isAny(condition.getValue()) || value.equals(condition.getValue()));
            };
            return "any".equals(arguments.get("x-match")) ? conditions.anyMatch(isMet) : conditions.allMatch(isMet);
        }

        /** Without a value the name is enough. */
        private static boolean isAny(Object value) {
            return value.equals(NO_VALUE);
        }
    }

    /** How a field table says that a name has no value. */
    private static final String NO_VALUE = "null";

    final String name;
    final Declaration declaration;
    private final Set<Binding> bindings = new LinkedHashSet<>();

    Exchange(String name, Declaration declaration) {
        this.name = name;
        this.declaration = declaration;
    }

    boolean isUsed() {
        return !bindings.isEmpty();
    }

    int bindings() {
        return bindings.size();
    }

    void bind(MessageQueue queue, String key, Map<String, Object> arguments) {
        bindings.add(new Binding(queue, key, arguments));
    }

    /** {@return whether the exchange is to be deleted, as its last binding is gone} */
    boolean unbind(MessageQueue queue, String key, Map<String, Object> arguments) {
        return bindings.remove(new Binding(queue, key, arguments)) && isDone();
    }

    /** The queue is gone; {@return whether the exchange is to be deleted, as its last binding is gone with it} */
    boolean unbind(MessageQueue queue) {
        return bindings.removeIf(binding -> binding.queue == queue) && isDone();
    }

    private boolean isDone() {
        return bindings.isEmpty() && declaration.isAutoDelete();
    }

    /** {@return the queues that get a message with this key and these headers, each once} */
    Set<MessageQueue> route(String key, Map<String, Object> headers) {
        Set<MessageQueue> queues = new HashSet<>();
        for (Binding binding : bindings) {
            if (binding.matches(declaration.type(), key, headers)) {
                queues.add(binding.queue);
            }
        }
        return queues;
    }
}
