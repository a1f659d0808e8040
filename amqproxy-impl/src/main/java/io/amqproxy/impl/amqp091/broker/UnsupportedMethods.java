package io.amqproxy.impl.amqp091.broker;

import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.CloseCause;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Queues that do not support something, for which RabbitMQ closes the whole connection (540, NOT_IMPLEMENTED). They are
 * known by RabbitMQ's close, which names the queue, or by the type that somebody has declared them with, for a while.
 * Bounded: what has been known longest is forgotten.
 */
public final class UnsupportedMethods {

    /** What they do not support. */
    public enum Feature {
        /** {@code basic.get}: streams. */
        GET,
        /** {@code queue.purge}: streams. */
        PURGE,
        /** {@code queue.delete} if unused, or if empty: quorum queues. */
        CONDITIONAL_DELETE,
        /** Consumers on a channel with a prefetch limit for all of them: quorum queues. */
        GLOBAL_PREFETCH,
        /** Consumers that do not acknowledge: streams. */
        NO_ACK,
        /** {@code basic.nack} and {@code basic.reject}: streams of RabbitMQ 3. */
        REJECTION;

        private static @Nullable Feature of(@Nullable Method method, String text) {
            if (method == null) {
                return null;
            }
            return switch (method) {
                case BASIC_GET -> GET;
                case QUEUE_PURGE -> PURGE;
                case QUEUE_DELETE -> CONDITIONAL_DELETE;
                case BASIC_CONSUME -> text.contains("acknowledgement") ? NO_ACK : GLOBAL_PREFETCH;
                case BASIC_NACK, BASIC_REJECT -> REJECTION;
                default -> null;
            };
        }
    }

    private static final int MAX = 1000;
    private static final long TIME = TimeUnit.MINUTES.toNanos(10);
    private static final Pattern QUEUE = Pattern.compile("queue '(.{1,255}?)' in vhost '");

    private record Use(@Nullable String vhost, String queue, Feature feature) {}

    /** @param text what the broker said, or null where it was not asked */
    private record Known(@Nullable String text, long until) {}

    private final Map<Use, Known> uses = new LinkedHashMap<>();

    public boolean isEmpty() {
        return uses.isEmpty();
    }

    /**
     * Learns from the broker's close of a connection.
     *
     * @return whether that is all that has to be done about it, as who does the same again is stopped, or alone with it
     */
    public boolean learn(@Nullable String vhost, CloseCause ending, long now) {
        Feature feature = Feature.of(Method.of(ConnectionClose.methodId(ending)), ending.text());
        Matcher queue = QUEUE.matcher(ending.text());
        if (ending.code() != ReplyCode.NOT_IMPLEMENTED.code() || feature == null || !queue.find()) {
            return false;
        }
        add(new Use(vhost, queue.group(1), feature), new Known(ending.text(), now + TIME));
        return feature != Feature.REJECTION; // Consumers that are there already stay where they are.
    }

    /** Somebody declares a queue with this {@code x-queue-type}. */
    public void onDeclare(@Nullable String vhost, String queue, String type, long now) {
        if (type.equals("stream")) {
            suppose(vhost, queue, Feature.GET, now);
            suppose(vhost, queue, Feature.PURGE, now);
            suppose(vhost, queue, Feature.NO_ACK, now);
        } else if (type.equals("quorum")) {
            suppose(vhost, queue, Feature.GLOBAL_PREFETCH, now);
            suppose(vhost, queue, Feature.CONDITIONAL_DELETE, now);
        }
    }

    private void suppose(@Nullable String vhost, String queue, Feature feature, long now) {
        Use use = new Use(vhost, queue, feature);
        if (!uses.containsKey(use)) {
            add(use, new Known(null, now + TIME));
        }
    }

    private void add(Use use, Known known) {
        uses.remove(use);
        if (uses.size() == MAX) {
            uses.remove(uses.keySet().iterator().next());
        }
        uses.put(use, known);
    }

    /** Whether the broker may close the connection for this use. */
    public boolean mayBe(@Nullable String vhost, String queue, Feature feature, long now) {
        return known(vhost, queue, feature, now) != null;
    }

    /** What the broker has said to this use, or null. */
    @Nullable
    public String text(@Nullable String vhost, String queue, Feature feature, long now) {
        Known known = known(vhost, queue, feature, now);
        return known == null ? null : known.text();
    }

    private @Nullable Known known(@Nullable String vhost, String queue, Feature feature, long now) {
        Use use = new Use(vhost, queue, feature);
        Known known = uses.get(use);
        if (known != null && known.until() - now <= 0) {
            uses.remove(use);
            return null;
        }
        return known;
    }
}
