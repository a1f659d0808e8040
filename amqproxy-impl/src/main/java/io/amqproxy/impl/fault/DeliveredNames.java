package io.amqproxy.impl.fault;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What messages name that one client of AMQP 0-9-1 was delivered and has not acknowledged: consumer, queue, exchange
 * and routing key. Kept only while somebody wants to know.
 */
final class DeliveredNames {

    private static final int TAG = Frame.PAYLOAD_OFFSET + 4;
    private static final int BITS = TAG + 8;
    /** Of more that are asked for at a time the queues are not known. */
    private static final int MOST_GETS = 1000;

    private final NamesByTag unsettled = new NamesByTag();
    /** The gets that are under way, by channel. */
    private final Map<Integer, Gets> gets = new HashMap<>();

    /** The queues of gets, in their order. */
    private static final class Gets {
        private final Deque<String> queues = new ArrayDeque<>();
        /** How many follow whose queues are not known. */
        private int beyond;

        void add(String queue) {
            if (beyond == 0 && queues.size() < MOST_GETS) {
                queues.add(queue);
            } else {
                beyond++;
            }
        }

        String take() {
            String queue = queues.poll();
            beyond -= queue == null && beyond > 0 ? 1 : 0;
            return queue == null ? "" : queue;
        }
    }

    private final ArgumentReader arguments = new ArgumentReader();

    /** The client is told of a message, or that there is none. */
    void onDelivery(Method method, ByteBuffer frame, int channel, InboundSession client) {
        try {
            ArgumentReader reader = arguments.reset(frame, 0);
            List<String> names = new ArrayList<>();
            if (method == Method.BASIC_DELIVER) {
                String consumer = reader.shortString();
                names.add(consumer);
                names.add(client.queueOf(channel, consumer));
            } else {
                Gets asked = gets.get(channel);
                names.add(asked == null ? "" : asked.take());
            }
            if (method != Method.BASIC_GET_EMPTY) {
                long tag = reader.longLong();
                reader.octet();
                names.add(reader.shortString());
                names.add(reader.shortString());
                unsettled.add(channel, tag, List.copyOf(names));
            }
        } catch (AmqpException malformed) {
            // Nothing is known of it.
        }
    }

    /**
     * A client says something.
     *
     * @param names what the method names
     * @return what all messages name that it settles, empty where it settles none that are known
     */
    List<String> onSaid(Method method, ByteBuffer in, int at, int channel, List<String> names) {
        if (method == Method.BASIC_GET && !names.isEmpty()) {
            gets.computeIfAbsent(channel, number -> new Gets()).add(names.get(0));
        }
        NamesByTag.OfChannel messages = unsettled.of(channel);
        boolean settles = method == Method.BASIC_ACK || method == Method.BASIC_NACK || method == Method.BASIC_REJECT;
        if (messages == null || !settles) {
            return List.of();
        }
        boolean isMultiple = method != Method.BASIC_REJECT && (in.get(at + BITS) & 1) != 0;
        List<String> common = null;
        for (long tag : messages.settled(in.getLong(at + TAG), isMultiple)) {
            List<String> one = messages.take(tag);
            if (common == null) {
                common = new ArrayList<>(one);
            } else {
                common.retainAll(one);
            }
        }
        return common == null ? List.of() : common;
    }

    void forget(int channel) {
        unsettled.forget(channel);
        gets.remove(channel);
    }

    void forgetAll() {
        unsettled.forgetAll();
        gets.clear();
    }

    long heldBytes() {
        return unsettled.heldBytes();
    }
}
