package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.buffer.ShortName;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
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

        /** Those that are not answered yet. */
        private @Nullable ArrayDeque<Cancelling> cancelled;

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
    /** Whether one of them acknowledges, or one of those that were among them. */
    private boolean unnamedAcknowledge;

    private int active;
    /** Those whose beginning the broker has yet to answer. */
    private int unanswered;
    /** The consumer of the last delivery, nearly always that of the next one. */
    private @Nullable Consumer last;

    Consumers(ShortName reader) {
        this.reader = reader;
    }

    /** A lease begins. */
    void begin() {
        byTag = null;
        unnamed = null;
        unnamedAcknowledge = false;
        active = 0;
        unanswered = 0;
        last = null;
    }

    boolean has(String tag) {
        Consumer consumer = get(tag);
        return consumer != null && consumer.active;
    }

    boolean isEmpty() {
        return active == 0 && (unnamed == null || unnamed.isEmpty());
    }

    /** {@return the tags of those that are not cancelled, as far as they are known} */
    List<String> tags() {
        return byTag == null
                ? List.of()
                : byTag.values().stream()
                        .filter(consumer -> consumer.active)
                        .map(consumer -> consumer.tag.text())
                        .toList();
    }

    private @Nullable Consumer get(String tag) {
        return byTag == null ? null : byTag.get(ShortName.of(tag));
    }

    // Beginning.

    /** The broker answers the beginning of the consumer that was asked for last. */
    void awaitConsumeOk() {
        unanswered++;
    }

    boolean awaitsConsumeOk() {
        return unanswered > 0;
    }

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
        unnamedAcknowledge |= kind == Kind.ACKNOWLEDGED;
    }

    void onConsumeOk(String tag) {
        unanswered -= unanswered > 0 ? 1 : 0;
        Kind kind = has(tag) ? null : takeUnnamed();
        if (kind != null) {
            add(ShortName.of(tag), kind);
        }
    }

    /**
     * One of those without a tag gets one. Which of them is not told: queues answer in any order, or not at all. Where
     * some of them acknowledge all are taken for such, until each has its tag: the safe guess.
     */
    private @Nullable Kind takeUnnamed() {
        Kind kind = unnamed == null ? null : unnamed.poll();
        if (kind == Kind.NOT_ACKNOWLEDGED && unnamedAcknowledge) {
            kind = Kind.ACKNOWLEDGED;
        }
        unnamedAcknowledge &= unnamed != null && !unnamed.isEmpty();
        return kind;
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
        Kind kind = known != null ? null : takeUnnamed();
        return kind == null ? known : add(ShortName.copyOf(in, at), kind);
    }

    // The end.

    /** A consumer is cancelled; returns whether there was one, so that the broker's answer is needed. */
    boolean cancel(String tag, Cancelling how) {
        Consumer consumer = get(tag);
        if (consumer == null || !consumer.active) {
            return false;
        }
        consumer.active = false;
        active--;
        if (consumer.cancelled == null) {
            consumer.cancelled = new ArrayDeque<>(2);
        }
        consumer.cancelled.add(how);
        return true;
    }

    /** Nothing more comes for a consumer that was cancelled; returns what the client hears. */
    Cancelling onCancelOk(String tag) {
        Consumer consumer = get(tag);
        Cancelling how = (consumer == null || consumer.cancelled == null) ? null : consumer.cancelled.poll();
        if (consumer == null || how == null) {
            return Cancelling.ANSWERED;
        }
        forgetIfOver(consumer);
        return how;
    }

    /** The broker cancels a consumer; returns false where the lease has none of that tag. */
    boolean onCancelled(String tag) {
        Consumer consumer = get(tag);
        if (consumer == null) {
            return takeUnnamed() != null;
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
