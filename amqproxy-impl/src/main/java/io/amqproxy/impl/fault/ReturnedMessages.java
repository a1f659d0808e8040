package io.amqproxy.impl.fault;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Mandatory messages of one client that the broker is to return. They are published to a queue that nobody has, so that
 * the broker itself returns them, in its place among confirms and other returns; what it says of them then becomes what
 * the client is to hear.
 */
final class ReturnedMessages {

    /** More are not under way at a time. */
    private static final int MOST = 10_000;

    private static final int MOST_NAME = 255;
    /** Octets of names of queues that nobody has: control characters, each a digit. */
    private static final int DIGITS = 31;

    /** About the memory that one takes. */
    private static final int SUBSTANCE = 256;

    /** A {@code basic.return} with its code and three short strings. */
    private static final int LONGEST = Frame.OVERHEAD + 4 + 2 + 3 * (1 + MOST_NAME);

    private static final int EXCHANGE_AT = Frame.PAYLOAD_OFFSET + 4 + 2;

    private record Returned(int channel, String nobody, String exchange, String key, RunningFault by) {}

    private final Deque<Returned> underWay = new ArrayDeque<>();
    private final ArgumentReader arguments = new ArgumentReader();
    private final FrameWriter writer = new FrameWriter(LONGEST);
    private long count;

    boolean isEmpty() {
        return underWay.isEmpty();
    }

    long heldBytes() {
        return (long) underWay.size() * SUBSTANCE;
    }

    /** Whether one more can be returned: names have to take the place of others of the same length. */
    boolean takes(ByteBuffer in, int at) {
        int exchange = in.get(at + EXCHANGE_AT) & 0xFF;
        int key = in.get(at + EXCHANGE_AT + 1 + exchange) & 0xFF;
        return exchange + key > 0 && exchange + key <= MOST_NAME && underWay.size() < MOST;
    }

    /** The publish at this place goes to nobody. */
    void divert(ByteBuffer in, int at, int channel, RunningFault by) throws AmqpException {
        ArgumentReader reader = arguments.reset(in, at);
        reader.shortInt();
        String exchange = reader.shortString();
        int octets = in.get(at + EXCHANGE_AT) & 0xFF;
        String key = reader.shortString();
        octets += in.get(at + EXCHANGE_AT + 1 + octets) & 0xFF;
        byte[] nobody = nobody(octets);
        in.put(at + EXCHANGE_AT, (byte) 0);
        in.put(at + EXCHANGE_AT + 1, (byte) octets);
        in.put(at + EXCHANGE_AT + 2, nobody);
        underWay.add(new Returned(channel, new String(nobody, StandardCharsets.US_ASCII), exchange, key, by));
    }

    private byte[] nobody(int octets) {
        byte[] name = new byte[octets];
        long rest = count++;
        for (int i = 0; i < octets; i++) {
            name[i] = (byte) (1 + rest % DIGITS);
            rest /= DIGITS;
        }
        return name;
    }

    /**
     * The broker returns a message.
     *
     * @return whether that was asked for, so that what was appended takes its place
     */
    boolean replace(ByteBuffer frame, int channel, ByteQueue to) throws AmqpException {
        ArgumentReader reader = arguments.reset(frame, 0);
        reader.shortInt();
        reader.skipShortString();
        String exchange = reader.shortString();
        String key = reader.shortString();
        for (Returned message : underWay) {
            if (message.channel() == channel
                    && exchange.isEmpty()
                    && message.nobody().equals(key)) {
                underWay.remove(message);
                writer.method(channel, Method.BASIC_RETURN)
                        .shortInt((int) message.by().terms().amount())
                        .shortString(message.by().terms().text())
                        .shortString(message.exchange())
                        .shortString(message.key())
                        .to(to);
                return true;
            }
        }
        return false;
    }

    void forget(int channel) {
        underWay.removeIf(message -> message.channel() == channel);
    }

    void forgetAll() {
        underWay.clear();
    }
}
