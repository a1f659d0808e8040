package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What both directions of an AMQP 0-9-1 connection together say of a message: that it was published behind the close of
 * its channel or connection, so that nobody takes it any more, and from which queue it was delivered. Of consumers
 * whose {@code basic.consume} was not seen no queue is known.
 */
final class Conversation091 {

    /** An argument of messages that nobody takes. */
    private static final String DROPPED = "dropped";

    private static final String QUEUE = "queue";
    private static final String CONSUMER_TAG = "consumer-tag";

    /** More channels, or consumers of a connection, are not remembered. */
    private static final int MOST = 4096;

    private final Map<Integer, Channel> channels = new HashMap<>();
    private boolean isClosed;
    private int consumers;

    private static final class Channel {
        boolean isClosed;
        /** The queue that was declared last, which a method means that names none. */
        String declared = "";
        /** Of consumers that are not confirmed yet, in order. */
        final Queue<String> asked = new ArrayDeque<>();
        /** By consumer tags. */
        final Map<String, String> queues = new HashMap<>();
    }

    /** {@return whether {@link #onMethod} has to be told of it, with its arguments} */
    static boolean isNeeded(Method method) {
        return switch (method) {
            case CONNECTION_CLOSE,
                    CHANNEL_OPEN,
                    CHANNEL_CLOSE,
                    CHANNEL_CLOSE_OK,
                    QUEUE_DECLARE,
                    QUEUE_DECLARE_OK,
                    BASIC_CONSUME,
                    BASIC_CONSUME_OK,
                    BASIC_CANCEL,
                    BASIC_CANCEL_OK -> true;
            default -> false;
        };
    }

    /** One of the methods that {@link #isNeeded}. */
    void onMethod(boolean isTowardsBroker, Method method, int number, Map<String, Object> arguments) {
        switch (method) {
            case CONNECTION_CLOSE -> isClosed |= !isTowardsBroker;
            case CHANNEL_OPEN, CHANNEL_CLOSE_OK -> forget(number);
            default -> {
                Channel channel = channel(number);
                if (channel != null && isTowardsBroker) {
                    onAsked(channel, method, arguments);
                } else if (channel != null) {
                    onAnswered(channel, method, arguments);
                }
            }
        }
    }

    /** Something was said that was not seen. */
    void forgetAll() {
        channels.clear();
        consumers = 0;
        isClosed = false;
    }

    private void forget(int number) {
        Channel gone = channels.remove(number);
        if (gone != null) {
            consumers -= gone.queues.size() + gone.asked.size();
        }
    }

    private @Nullable Channel channel(int number) {
        Channel present = channels.get(number);
        if (present == null && channels.size() < MOST) {
            present = new Channel();
            channels.put(number, present);
        }
        return present;
    }

    private void onAsked(Channel channel, Method method, Map<String, Object> arguments) {
        String queue = text(arguments, QUEUE);
        if (method == Method.QUEUE_DECLARE && !queue.isEmpty()) {
            channel.declared = queue;
        } else if (method == Method.BASIC_CONSUME && consumers < MOST) {
            String meant = queue.isEmpty() ? channel.declared : queue;
            if (Boolean.TRUE.equals(arguments.get("no-wait"))) {
                put(channel, text(arguments, CONSUMER_TAG), meant);
            } else {
                consumers++;
                channel.asked.add(meant);
            }
        }
    }

    private void onAnswered(Channel channel, Method method, Map<String, Object> arguments) {
        switch (method) {
            case CHANNEL_CLOSE -> channel.isClosed = true;
            case QUEUE_DECLARE_OK -> channel.declared = text(arguments, QUEUE);
            case BASIC_CONSUME_OK -> {
                String queue = channel.asked.poll();
                if (queue != null) {
                    consumers--;
                    put(channel, text(arguments, CONSUMER_TAG), queue);
                }
            }
            case BASIC_CANCEL, BASIC_CANCEL_OK -> {
                if (channel.queues.remove(text(arguments, CONSUMER_TAG)) != null) {
                    consumers--;
                }
            }
            default -> {}
        }
    }

    private void put(Channel channel, String tag, String queue) {
        if (channel.queues.put(tag, queue) == null) {
            consumers++;
        }
    }

    private static String text(Map<String, Object> arguments, String name) {
        return arguments.get(name) instanceof String text ? text : "";
    }

    /** {@return the arguments of a method with a message, with what is known of that besides} */
    Map<String, Object> told(boolean isTowardsBroker, String name, int number, Map<String, Object> arguments) {
        Channel channel = channels.get(number);
        if (isTowardsBroker) {
            return isClosed || (channel != null && channel.isClosed) ? with(arguments, DROPPED, true) : arguments;
        }
        String queue = channel == null || !name.equals(Method.BASIC_DELIVER.toString())
                ? null
                : channel.queues.get(text(arguments, CONSUMER_TAG));
        return queue == null || queue.isEmpty() ? arguments : with(arguments, QUEUE, queue);
    }

    private static Map<String, Object> with(Map<String, Object> arguments, String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(arguments);
        more.put(name, value);
        return more;
    }
}
