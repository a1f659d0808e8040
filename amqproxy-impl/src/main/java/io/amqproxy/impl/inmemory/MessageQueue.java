package io.amqproxy.impl.inmemory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A queue: messages in the order in which they were published, and the consumers that take turns. A message that is put
 * back is where it was.
 */
final class MessageQueue {

    /** What a queue may be declared with (RabbitMQ's page "Queues", optional arguments). */
    static final Set<String> ARGUMENTS = Set.of("x-max-length", "x-overflow", "x-queue-type");

    /** Who gets messages without asking for each. */
    interface Consumer {

        /** {@return whether it takes the message now} */
        boolean offer(Entry entry);

        /** The queue is gone. */
        void onQueueDeleted();
    }

    /** A message in a queue. */
    static final class Entry {
        final Message message;
        private final long position;
        /** Whether it was handed to somebody before. */
        boolean isRedelivered;

        private Entry(Message message, long position) {
            this.message = message;
            this.position = position;
        }
    }

    /**
     * What a queue was declared with.
     *
     * @param owner the connection that it belongs to, or null for a queue of all
     * @param arguments as they were declared
     * @param mostReady how many messages may be ready
     * @param rejects whether it rejects what is too much, and does not drop its oldest message
     */
    record Declaration(
            boolean isDurable,
            boolean isAutoDelete,
            @Nullable Object owner,
            Map<String, Object> arguments,
            long mostReady,
            boolean rejects) {}

    final String name;
    final Declaration declaration;
    private final Memory memory;
    private final TreeMap<Long, Entry> ready = new TreeMap<>();
    private final Deque<Consumer> consumers = new ArrayDeque<>();
    private @Nullable Consumer exclusive;
    private long published;
    private int unacknowledged;
    private boolean isDeleted;

    MessageQueue(String name, Declaration declaration, Memory memory) {
        this.name = name;
        this.declaration = declaration;
        this.memory = memory;
    }

    int ready() {
        return ready.size();
    }

    int unacknowledged() {
        return unacknowledged;
    }

    /** A message is with somebody who has to say what becomes of it. */
    void onHandedOut() {
        unacknowledged++;
    }

    /** That was said. */
    void onAcknowledged() {
        unacknowledged--;
    }

    int consumers() {
        return consumers.size();
    }

    boolean isFull() {
        return declaration.rejects() && ready.size() >= declaration.mostReady();
    }

    /** Takes a message, whose octets are counted already. */
    void publish(Message message) {
        Entry entry = new Entry(message, published++);
        ready.put(entry.position, entry);
        dispatch();
        while (ready.size() > declaration.mostReady()) {
            settled(ready.pollFirstEntry().getValue());
        }
    }

    /** {@return the oldest message, which is no more ready, or null} */
    @Nullable
    Entry take() {
        Map.Entry<Long, Entry> first = ready.pollFirstEntry();
        return first == null ? null : first.getValue();
    }

    /** A message that was taken is ready again, unless the queue is gone. */
    void putBack(Entry entry) {
        if (isDeleted) {
            settled(entry);
            return;
        }
        entry.isRedelivered = true;
        ready.put(entry.position, entry);
    }

    /** A message that was taken is gone. */
    void settled(Entry entry) {
        memory.give(entry.message.octets());
    }

    int purge() {
        int count = ready.size();
        ready.values().forEach(this::settled);
        ready.clear();
        return count;
    }

    boolean isInExclusiveUse() {
        return exclusive != null;
    }

    void add(Consumer consumer, boolean isExclusive) {
        consumers.add(consumer);
        if (isExclusive) {
            exclusive = consumer;
        }
    }

    /** {@return whether the queue is to be deleted, as its last consumer has left} */
    boolean remove(Consumer consumer) {
        boolean was = consumers.remove(consumer);
        if (exclusive == consumer) {
            exclusive = null;
        }
        return was && consumers.isEmpty() && declaration.isAutoDelete();
    }

    /** Hands messages out, as long as there are any, and somebody takes them. */
    void dispatch() {
        int refused = 0;
        while (!ready.isEmpty() && refused < consumers.size()) {
            Consumer next = consumers.remove();
            consumers.add(next);
            Map.Entry<Long, Entry> first = ready.pollFirstEntry();
            if (next.offer(first.getValue())) {
                refused = 0;
            } else {
                ready.put(first.getKey(), first.getValue());
                refused++;
            }
        }
    }

    /** {@return how many messages are gone with it} */
    int delete() {
        isDeleted = true;
        List<Consumer> left = new ArrayList<>(consumers);
        consumers.clear();
        left.forEach(Consumer::onQueueDeleted);
        return purge();
    }
}
