package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The names of methods' arguments, in the order of {@link Method#arguments}: {@code -} for one that is reserved; the
 * bits of an octet, from the lowest on, with {@code +} between them.
 */
final class ArgumentNames {

    static final String RESERVED = "-";

    private static final Map<Method, List<String>> NAMES = new EnumMap<>(Method.class);

    static {
        of(Method.CONNECTION_START, "version-major version-minor server-properties mechanisms locales");
        of(Method.CONNECTION_START_OK, "client-properties mechanism response locale");
        of(Method.CONNECTION_SECURE, "challenge");
        of(Method.CONNECTION_SECURE_OK, "response");
        of(Method.CONNECTION_TUNE, "channel-max frame-max heartbeat");
        of(Method.CONNECTION_TUNE_OK, "channel-max frame-max heartbeat");
        of(Method.CONNECTION_OPEN, "virtual-host - -");
        of(Method.CONNECTION_OPEN_OK, "-");
        of(Method.CONNECTION_CLOSE, "reply-code reply-text class-id method-id");
        of(Method.CONNECTION_BLOCKED, "reason");
        of(Method.CONNECTION_UPDATE_SECRET, "new-secret reason");

        of(Method.CHANNEL_OPEN, "-");
        of(Method.CHANNEL_OPEN_OK, "-");
        of(Method.CHANNEL_FLOW, "active");
        of(Method.CHANNEL_FLOW_OK, "active");
        of(Method.CHANNEL_CLOSE, "reply-code reply-text class-id method-id");

        of(Method.ACCESS_REQUEST, "realm exclusive+passive+active+write+read");
        of(Method.ACCESS_REQUEST_OK, "-");

        of(Method.EXCHANGE_DECLARE, "- exchange type passive+durable+auto-delete+internal+no-wait arguments");
        of(Method.EXCHANGE_DELETE, "- exchange if-unused+no-wait");
        of(Method.EXCHANGE_BIND, "- destination source routing-key no-wait arguments");
        of(Method.EXCHANGE_UNBIND, "- destination source routing-key no-wait arguments");

        of(Method.QUEUE_DECLARE, "- queue passive+durable+exclusive+auto-delete+no-wait arguments");
        of(Method.QUEUE_DECLARE_OK, "queue message-count consumer-count");
        of(Method.QUEUE_BIND, "- queue exchange routing-key no-wait arguments");
        of(Method.QUEUE_PURGE, "- queue no-wait");
        of(Method.QUEUE_PURGE_OK, "message-count");
        of(Method.QUEUE_DELETE, "- queue if-unused+if-empty+no-wait");
        of(Method.QUEUE_DELETE_OK, "message-count");
        of(Method.QUEUE_UNBIND, "- queue exchange routing-key arguments");

        of(Method.BASIC_QOS, "prefetch-size prefetch-count global");
        of(Method.BASIC_CONSUME, "- queue consumer-tag no-local+no-ack+exclusive+no-wait arguments");
        of(Method.BASIC_CONSUME_OK, "consumer-tag");
        of(Method.BASIC_CANCEL, "consumer-tag no-wait");
        of(Method.BASIC_CANCEL_OK, "consumer-tag");
        of(Method.BASIC_PUBLISH, "- exchange routing-key mandatory+immediate");
        of(Method.BASIC_RETURN, "reply-code reply-text exchange routing-key");
        of(Method.BASIC_DELIVER, "consumer-tag delivery-tag redelivered exchange routing-key");
        of(Method.BASIC_GET, "- queue no-ack");
        of(Method.BASIC_GET_OK, "delivery-tag redelivered exchange routing-key message-count");
        of(Method.BASIC_GET_EMPTY, "-");
        of(Method.BASIC_ACK, "delivery-tag multiple");
        of(Method.BASIC_REJECT, "delivery-tag requeue");
        of(Method.BASIC_RECOVER_ASYNC, "requeue");
        of(Method.BASIC_RECOVER, "requeue");
        of(Method.BASIC_NACK, "delivery-tag multiple+requeue");

        of(Method.CONFIRM_SELECT, "no-wait");
    }

    private ArgumentNames() {}

    private static void of(Method method, String names) {
        NAMES.put(method, List.of(names.split(" ", -1)));
    }

    /** {@return a name for each argument} */
    static List<String> of(Method method) {
        return NAMES.getOrDefault(method, List.of());
    }
}
