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
 * Queues that do not support a method, for which RabbitMQ closes the whole connection (540, NOT_IMPLEMENTED):
 * {@code basic.get} and {@code queue.purge} at a stream, a global prefetch limit and a conditional {@code queue.delete}
 * at a quorum queue. They are known by RabbitMQ's close, which names the queue, or by the type that somebody has
 * declared them with, for a while. Bounded: what has been known longest is forgotten.
 */
public final class UnsupportedMethods {

    private static final int MAX = 1000;
    private static final long TIME = TimeUnit.MINUTES.toNanos(10);
    private static final Pattern QUEUE = Pattern.compile("queue '(.{1,255}?)' in vhost '");

    private record Use(@Nullable String vhost, String queue, Method method) {}

    /** @param text what the broker said, or null where it was not asked */
    private record Known(@Nullable String text, long until) {}

    private final Map<Use, Known> uses = new LinkedHashMap<>();

    public boolean isEmpty() {
        return uses.isEmpty();
    }

    /** Learns from the broker's close of a connection; returns whether that names a queue that does not support it. */
    public boolean learn(@Nullable String vhost, CloseCause ending, long now) {
        Method method = Method.of(ConnectionClose.methodId(ending));
        Matcher queue = QUEUE.matcher(ending.text());
        if (ending.code() != ReplyCode.NOT_IMPLEMENTED.code() || method == null || !queue.find()) {
            return false;
        }
        add(new Use(vhost, queue.group(1), method), new Known(ending.text(), now + TIME));
        return true;
    }

    /** Somebody declares a queue with this {@code x-queue-type}. */
    public void onDeclare(@Nullable String vhost, String queue, String type, long now) {
        if (type.equals("stream")) {
            suppose(vhost, queue, Method.BASIC_GET, now);
            suppose(vhost, queue, Method.QUEUE_PURGE, now);
        } else if (type.equals("quorum")) {
            suppose(vhost, queue, Method.BASIC_CONSUME, now);
            suppose(vhost, queue, Method.QUEUE_DELETE, now);
        }
    }

    private void suppose(@Nullable String vhost, String queue, Method method, long now) {
        Use use = new Use(vhost, queue, method);
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
    public boolean mayBe(@Nullable String vhost, String queue, Method method, long now) {
        return known(vhost, queue, method, now) != null;
    }

    /** What the broker has said to this use, or null. */
    @Nullable
    public String text(@Nullable String vhost, String queue, Method method, long now) {
        Known known = known(vhost, queue, method, now);
        return known == null ? null : known.text();
    }

    private @Nullable Known known(@Nullable String vhost, String queue, Method method, long now) {
        Use use = new Use(vhost, queue, method);
        Known known = uses.get(use);
        if (known != null && known.until() - now <= 0) {
            uses.remove(use);
            return null;
        }
        return known;
    }
}
