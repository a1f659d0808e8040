package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/** The eight octets with which a connection begins (AMQP 0-9-1, section 4.2.2). */
public final class ProtocolHeader {

    public static final int LENGTH = 8;
    private static final long AMQP_0_9_1 = 0x414D_5150_0000_0901L;
    /** What 0-9 begins with; RabbitMQ takes it for 0-9-1. */
    private static final long AMQP_0_9 = 0x414D_5150_0101_0009L;

    /** The octets that all of these versions have in common. */
    private static final int FAMILY = 6;

    private ProtocolHeader() {}

    /**
     * Whether the octets that are there, up to eight, can be the beginning of {@code AMQP 0 0 9 1}, or of {@code AMQP 1
     * 1 0 9}, which RabbitMQ takes for the same.
     */
    public static boolean matches(ByteBuffer in) {
        return matches(in, AMQP_0_9_1) || matches(in, AMQP_0_9);
    }

    /** Whether they can be the beginning of the header of a version of 0-8 or 0-9, right or wrong. */
    public static boolean isOfFamily(ByteBuffer in) {
        return matches(in, AMQP_0_9_1, FAMILY) || matches(in, AMQP_0_9);
    }

    private static boolean matches(ByteBuffer in, long header) {
        return matches(in, header, LENGTH);
    }

    private static boolean matches(ByteBuffer in, long header, int length) {
        int there = Math.min(in.remaining(), length);
        for (int i = 0; i < there; i++) {
            if (in.get(in.position() + i) != octet(header, i)) {
                return false;
            }
        }
        return true;
    }

    public static void write(ByteQueue out) {
        ByteBuffer header = ByteBuffer.allocate(LENGTH).putLong(0, AMQP_0_9_1);
        out.append(header, 0, LENGTH);
    }

    private static byte octet(long header, int i) {
        return (byte) (header >>> (8 * (LENGTH - 1 - i)));
    }
}
