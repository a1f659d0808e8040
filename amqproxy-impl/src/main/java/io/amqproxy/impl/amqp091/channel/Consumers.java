package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.buffer.ShortName;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The consumers of one lease, by tag; those without a tag get one with the broker's answer. A consumer that its client
 * cancels is gone at once, its tag may be used again; what the broker has sent to it meanwhile arrives before the
 * answer to its cancelling. RabbitMQ's queues give that answer, not the channel: no other answer proves as much.
 */
public final class Consumers {

    /** What is consumed. */
    public enum Kind {
        /** Messages that have to be acknowledged. */
        ACKNOWLEDGED,
        /** Messages that have not. */
        NOT_ACKNOWLEDGED,
        /** Direct replies, which have not either, and of which each gets the delivery tag of the next message. */
        REPLIES
    }

    /** A consumer, and what is left of those that had its tag before. */
    private static final class Consumer {
        private final ShortName tag;
        private boolean active;
        private Kind kind;
        /** What may still be delivered with the tag. */
        private Kind kindOfAny;

        /** For each cancelling that is not answered yet, whether the client wants no answer. */
        private @Nullable ArrayDeque<Boolean> cancelled;

        Consumer(ShortName tag, Kind kind) {
            this.tag = tag;
            this.kind = kind;
            this.kindOfAny = kind;
        }
    }

    /** For looking others up, shared by all channels of a connection. */
    private final ShortName reader;

    private @Nullable Map<ShortName, Consumer> byTag;
    private @Nullable ArrayDeque<Kind> unnamed;
    private int active;
    /** The consumer of the last delivery, nearly always that of the next one. */
    private @Nullable Consumer last;

    Consumers(ShortName reader) {
        this.reader = reader;
    }

    /** A lease begins. */
    void begin() {
        byTag = null;
        unnamed = null;
        active = 0;
        last = null;
    }

    boolean has(String tag) {
        Consumer consumer = get(tag);
        return consumer != null && consumer.active;
    }

    boolean isEmpty() {
        return active == 0 && (unnamed == null || unnamed.isEmpty());
    }

    private @Nullable Consumer get(String tag) {
        return byTag == null ? null : byTag.get(ShortName.of(tag));
    }

    // Beginning.

    /** A consumer was asked for; the tag may be empty. */
    void onConsume(String tag, Kind kind) {
        if (!tag.isEmpty()) {
            add(ShortName.of(tag), kind);
            return;
        }
        if (unnamed == null) {
            unnamed = new ArrayDeque<>(2);
        }
        unnamed.add(kind);
    }

    void onConsumeOk(String tag) {
        Kind kind = (has(tag) || unnamed == null) ? null : unnamed.poll();
        if (kind != null) {
            add(ShortName.of(tag), kind);
        }
    }

    private Consumer add(ShortName tag, Kind kind) {
        if (byTag == null) {
            byTag = new HashMap<>();
        }
        Consumer consumer = byTag.computeIfAbsent(tag, name -> new Consumer(name, kind));
        consumer.active = true;
        consumer.kind = kind;
        if (consumer.kindOfAny != kind) {
            consumer.kindOfAny = Kind.ACKNOWLEDGED; // The safe guess: what is not acknowledged ends the channel.
        }
        active++;
        return consumer;
    }

    // Deliveries.

    /**
     * Finds whom the delivery is for whose consumer tag is at this offset; returns null where the lease has no such
     * consumer A consumer whose tag nobody was told gets its first delivery with it.
     */
    @Nullable
    Kind at(ByteBuffer in, int at) {
        Consumer consumer = last;
        if (consumer == null || !consumer.tag.isAt(in, at)) {
            consumer = find(in, at);
            last = consumer;
        }
        return consumer == null ? null : consumer.kindOfAny;
    }

    private @Nullable Consumer find(ByteBuffer in, int at) {
        Consumer known = byTag == null ? null : byTag.get(reader.read(in, at));
        Kind kind = known != null || unnamed == null ? null : unnamed.poll();
        return kind == null ? known : add(ShortName.copyOf(in, at), kind);
    }

    // The end.

    /** The client cancels a consumer; returns whether there was one, so that the broker's answer is needed. */
    boolean cancel(String tag, boolean quietly) {
        Consumer consumer = get(tag);
        if (consumer == null || !consumer.active) {
            return false;
        }
        consumer.active = false;
        active--;
        if (consumer.cancelled == null) {
            consumer.cancelled = new ArrayDeque<>(2);
        }
        consumer.cancelled.add(quietly);
        return true;
    }

    /** Nothing more comes for a consumer that was cancelled; returns whether the client wants to know. */
    boolean onCancelOk(String tag) {
        Consumer consumer = get(tag);
        Boolean quietly = (consumer == null || consumer.cancelled == null) ? null : consumer.cancelled.poll();
        if (consumer == null || quietly == null) {
            return true;
        }
        forgetIfOver(consumer);
        return !quietly;
    }

    /** The broker cancels a consumer; returns false where the lease has none of that tag. */
    boolean onCancelled(String tag) {
        Consumer consumer = get(tag);
        if (consumer == null) {
            return unnamed != null && unnamed.poll() != null;
        }
        if (consumer.active) {
            consumer.active = false;
            active--;
        }
        forgetIfOver(consumer);
        return true;
    }

    private void forgetIfOver(Consumer consumer) {
        if (consumer.cancelled != null && !consumer.cancelled.isEmpty()) {
            return;
        }
        consumer.kindOfAny = consumer.kind;
        if (!consumer.active && byTag != null) {
            byTag.remove(consumer.tag);
            last = null;
        }
    }
}
