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
        /** What is consumed from, empty where that is not known. */
        private String queue = "";

        private boolean active;
        /** Whether the broker has said that it has begun. */
        private boolean begun;

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

        boolean awaitsCancelOk() {
            return cancelled != null && !cancelled.isEmpty();
        }
    }

    /** One that was asked for without a tag. */
    private record Unnamed(Kind kind, String queue) {}

    /** For looking others up, shared by all channels of a connection. */
    private final ShortName reader;

    private @Nullable Map<ShortName, Consumer> byTag;
    private @Nullable ArrayDeque<Unnamed> unnamed;
    /** Whether one of them acknowledges, or one of those that were among them. */
    private boolean unnamedAcknowledge;
    /** Whether there are, or were, several of them at a time. */
    private boolean unnamedAreSeveral;

    /** Whether the lease has had one whose messages are not acknowledged. */
    private boolean someDoNot;

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
        unnamedAreSeveral = false;
        someDoNot = false;
        active = 0;
        unanswered = 0;
        last = null;
    }

    boolean has(String tag) {
        Consumer consumer = get(tag);
        return consumer != null && consumer.active;
    }

    /** Whether each message that is delivered has to be acknowledged. */
    boolean allAcknowledge() {
        return !someDoNot;
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

    /** {@return what the consumer with this tag consumes from, as far as that is known, otherwise empty} */
    String queue(String tag) {
        Consumer consumer = get(tag);
        return consumer == null ? "" : consumer.queue;
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
    void onConsume(String tag, Kind kind, String queue) {
        someDoNot |= kind != Kind.ACKNOWLEDGED;
        if (!tag.isEmpty()) {
            add(ShortName.of(tag), kind, queue);
            return;
        }
        if (unnamed == null) {
            unnamed = new ArrayDeque<>(2);
        }
        unnamed.add(new Unnamed(kind, queue));
        unnamedAcknowledge |= kind == Kind.ACKNOWLEDGED;
    }

    void onConsumeOk(String tag) {
        unanswered -= unanswered > 0 ? 1 : 0;
        Unnamed one = has(tag) ? null : takeUnnamed();
        Consumer consumer = one == null ? get(tag) : add(ShortName.of(tag), one.kind(), one.queue());
        if (consumer != null) {
            consumer.begun = true;
        }
    }

    /**
     * One of those without a tag gets one. Which of them is not told: queues answer in any order, or not at all. Where
     * some of them acknowledge all are taken for such, until each has its tag: the safe guess.
     */
    private @Nullable Unnamed takeUnnamed() {
        Unnamed one = unnamed == null ? null : unnamed.poll();
        boolean areThereMore = unnamed != null && !unnamed.isEmpty();
        unnamedAreSeveral |= areThereMore;
        if (one != null && (unnamedAreSeveral || unnamedAcknowledge)) {
            Kind safe = one.kind() == Kind.NOT_ACKNOWLEDGED && unnamedAcknowledge ? Kind.ACKNOWLEDGED : one.kind();
            one = new Unnamed(safe, unnamedAreSeveral ? "" : one.queue());
        }
        unnamedAcknowledge &= areThereMore;
        unnamedAreSeveral &= areThereMore;
        return one;
    }

    private Consumer add(ShortName tag, Kind kind, String queue) {
        if (byTag == null) {
            byTag = new HashMap<>();
        }
        Consumer consumer = byTag.computeIfAbsent(tag, name -> new Consumer(name, kind));
        consumer.active = true;
        consumer.begun = false;
        consumer.queue = queue;
        consumer.kind = kind;
        if (consumer.kindOfAny != kind) {
            consumer.kindOfAny = Kind.ACKNOWLEDGED; // The safe guess: what is not acknowledged ends the channel.
        }
        active++;
        return consumer;
    }

    // Deliveries.

    /**
     * Finds whom the delivery is for whose consumer tag is at this offset. A consumer whose tag nobody was told gets
     * its first delivery with it.
     *
     * @return null where the lease has no such consumer
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
        Unnamed one = known != null ? null : takeUnnamed();
        return one == null ? known : add(ShortName.copyOf(in, at), one.kind(), one.queue());
    }

    // The end.

    /**
     * A consumer is cancelled.
     *
     * @return whether there was one, so that the broker's answer is needed
     */
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

    /**
     * Nothing more comes for a consumer that was cancelled.
     *
     * @return what the client hears
     */
    Cancelling onCancelOk(String tag) {
        Consumer consumer = get(tag);
        Cancelling how = (consumer == null || consumer.cancelled == null) ? null : consumer.cancelled.poll();
        if (consumer == null || how == null) {
            return Cancelling.ANSWERED;
        }
        forgetIfOver(consumer);
        return how;
    }

    /**
     * The broker cancels a consumer. Before it has answered the beginning of one it means the one that had the tag
     * before, which the client has cancelled meanwhile.
     *
     * @return false where the lease has none of that tag
     */
    boolean onCancelled(String tag) {
        Consumer consumer = get(tag);
        if (consumer == null) {
            return takeUnnamed() != null;
        }
        if (consumer.active && (consumer.begun || !consumer.awaitsCancelOk())) {
            consumer.active = false;
            active--;
        }
        forgetIfOver(consumer);
        return true;
    }

    private void forgetIfOver(Consumer consumer) {
        if (consumer.awaitsCancelOk()) {
            return;
        }
        consumer.kindOfAny = consumer.kind;
        if (!consumer.active && byTag != null) {
            byTag.remove(consumer.tag);
            last = null;
        }
    }
}
