package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.inmemory.MessageQueue.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a channel's client was handed: its consumers, and what it has not acknowledged. */
final class ChannelDeliveries {

    /** A queue whose last consumer has left is deleted by whoever knows of all queues. */
    interface Queues {
        void delete(MessageQueue queue);
    }

    /** What becomes of a message that its client has done with. */
    enum Outcome {
        GONE,
        READY_AGAIN
    }

    private record Unsettled(
            MessageQueue queue, Entry entry, @Nullable ChannelConsumer consumer) {}

    private final ChannelOutput out;
    private final Queues queues;
    private final Map<String, ChannelConsumer> consumers = new HashMap<>();
    private final TreeMap<Long, Unsettled> unsettled = new TreeMap<>();
    private long lastTag;
    /** Of consumers that begin later; 0 for no limit, as the one for all of them. */
    private int prefetch;

    private int prefetchOfAll;
    /** How many of the unsettled deliveries are consumers'. */
    private int consumed;

    ChannelDeliveries(ChannelOutput out, Queues queues) {
        this.out = out;
        this.queues = queues;
    }

    /** A consumer of this channel (AMQP 0-9-1, section 1.8.3.3). */
    private final class ChannelConsumer implements MessageQueue.Consumer {
        private final String tag;
        private final MessageQueue queue;
        private final boolean isAcknowledged;
        private final int most;
        private int unacknowledged;

        private ChannelConsumer(String tag, MessageQueue queue, boolean isAcknowledged, int most) {
            this.tag = tag;
            this.queue = queue;
            this.isAcknowledged = isAcknowledged;
            this.most = most;
        }

        @Override
        public boolean offer(Entry entry) {
            if (out.isFull() || (isAcknowledged && !hasCredit())) {
                return false;
            }
            long number = ++lastTag;
            out.deliver(tag, number, entry);
            if (isAcknowledged) {
                keep(number, new Unsettled(queue, entry, this));
                unacknowledged++;
                consumed++;
            } else {
                queue.settled(entry);
            }
            return true;
        }

        private boolean hasCredit() {
            return (most == 0 || unacknowledged < most) && (prefetchOfAll == 0 || consumed < prefetchOfAll);
        }

        @Override
        public void onQueueDeleted() {
            consumers.remove(tag);
            out.cancel(tag);
        }
    }

    void prefetch(int count, boolean isOfAll) {
        if (isOfAll) {
            prefetchOfAll = count;
            dispatch();
        } else {
            prefetch = count;
        }
    }

    /** {@return the consumer's tag} Deliveries begin with {@link #dispatch}, after the client was answered. */
    String consume(MessageQueue queue, String wanted, boolean isAcknowledged, boolean isExclusive)
            throws AmqpException {
        if (consumers.containsKey(wanted)) {
            throw AmqpException.connection(
                    ReplyCode.NOT_ALLOWED,
                    "attempt to reuse consumer tag '" + wanted + '\'',
                    Method.BASIC_CONSUME.id());
        }
        String tag = wanted.isEmpty() ? "amq.ctag-" + BrokersNames.next() : wanted;
        ChannelConsumer consumer = new ChannelConsumer(tag, queue, isAcknowledged, prefetch);
        consumers.put(tag, consumer);
        queue.add(consumer, isExclusive);
        return tag;
    }

    /** What it was handed may be acknowledged all the same. */
    void cancel(String tag) {
        ChannelConsumer consumer = consumers.remove(tag);
        if (consumer != null && consumer.queue.remove(consumer)) {
            queues.delete(consumer.queue);
        }
    }

    void get(MessageQueue queue, boolean isAcknowledged) {
        Entry entry = queue.take();
        if (entry == null) {
            out.send(out.method(Method.BASIC_GET_EMPTY).shortString(""));
            return;
        }
        long number = ++lastTag;
        out.got(number, entry, queue.ready());
        if (isAcknowledged) {
            keep(number, new Unsettled(queue, entry, null));
        } else {
            queue.settled(entry);
        }
    }

    private void keep(long number, Unsettled delivery) {
        unsettled.put(number, delivery);
        delivery.queue.onHandedOut();
    }

    /** One delivery is done with, or all up to it; number 0 with all means all that there are. */
    void settle(long tag, boolean isMultiple, Outcome outcome, Method method) throws AmqpException {
        List<Unsettled> done = new ArrayList<>();
        if (isMultiple && (tag == 0 || unsettled.containsKey(tag))) {
            Map<Long, Unsettled> upTo = tag == 0 ? unsettled : unsettled.headMap(tag, true);
            done.addAll(upTo.values());
            upTo.clear();
        } else {
            Unsettled one = isMultiple ? null : unsettled.remove(tag);
            if (one == null) {
                throw AmqpException.channel(
                        ReplyCode.PRECONDITION_FAILED,
                        "unknown delivery tag " + Long.toUnsignedString(tag),
                        method.id());
            }
            done.add(one);
        }
        done.forEach(one -> settle(one, outcome));
        done.forEach(one -> one.queue.dispatch());
        dispatch();
    }

    private void settle(Unsettled one, Outcome outcome) {
        one.queue.onAcknowledged();
        ChannelConsumer consumer = one.consumer;
        if (consumer != null) {
            consumer.unacknowledged--;
            consumed--;
        }
        if (outcome == Outcome.GONE) {
            one.queue.settled(one.entry);
        } else {
            one.queue.putBack(one.entry);
        }
    }

    /** Everything that is not acknowledged is ready again. */
    void recover() {
        List<Unsettled> all = new ArrayList<>(unsettled.values());
        unsettled.clear();
        all.forEach(one -> settle(one, Outcome.READY_AGAIN));
        all.forEach(one -> one.queue.dispatch());
    }

    /** Hands out what the consumers may have by now. */
    void dispatch() {
        new ArrayList<>(consumers.values()).forEach(consumer -> consumer.queue.dispatch());
    }

    /** Nothing more is handed out, and queues that were there for these consumers only are gone. */
    void stop() {
        List<ChannelConsumer> all = new ArrayList<>(consumers.values());
        consumers.clear();
        List<MessageQueue> done = new ArrayList<>();
        for (ChannelConsumer consumer : all) {
            if (consumer.queue.remove(consumer)) {
                done.add(consumer.queue);
            }
        }
        done.forEach(queues::delete);
    }
}
