package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A queue of a {@link ScriptedBroker} and what is in it. */
final class BrokerQueue {

    /** A message that was published, in the order in which the broker handled them. */
    static final class Message {
        final String exchange;
        final String key;
        final byte[] header;
        final byte[] body;
        boolean redelivered;

        Message(String exchange, String key, byte[] header, byte[] body) {
            this.exchange = exchange;
            this.key = key;
            this.header = header;
            this.body = body;
        }

        String text() {
            return new String(body, UTF_8);
        }
    }

    final String name;
    final ScriptedBroker.@Nullable Connection owner;
    final Map<String, Object> arguments;
    /** Whether it goes with its last consumer. */
    boolean goesWithConsumers;

    final ArrayDeque<Message> messages = new ArrayDeque<>();
    final List<BrokerDeliveries.Consumer> consumers = new ArrayList<>();

    BrokerQueue(String name, ScriptedBroker.@Nullable Connection owner) {
        this(name, owner, Map.of());
    }

    BrokerQueue(String name, ScriptedBroker.@Nullable Connection owner, Map<String, Object> arguments) {
        this.name = name;
        this.owner = owner;
        this.arguments = arguments;
    }
}
