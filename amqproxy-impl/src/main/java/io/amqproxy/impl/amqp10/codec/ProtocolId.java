package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;

/** The headers that begin each layer of a connection (part 2, section 2.2, and part 5, section 5.3.1). */
public enum ProtocolId {
    AMQP(0),
    TLS(2),
    SASL(3);

    public static final int LENGTH = 8;

    private static final int ID_OFFSET = 4;

    /** The header, as the octets of a number. */
    private final long header;

    ProtocolId(int id) {
        header = 0x414D_5150_0001_0000L | ((long) id << (Byte.SIZE * (LENGTH - 1 - ID_OFFSET)));
    }

    public byte[] octets() {
        return ByteBuffer.allocate(LENGTH).putLong(header).array();
    }

    public void write(ByteQueue out) {
        out.append(ByteBuffer.wrap(octets()), 0, LENGTH);
    }

    /** Whether what is here between these offsets is this header, or its beginning. */
    public boolean matches(ByteBuffer in, int from, int to) {
        int length = Math.min(to - from, LENGTH);
        for (int i = 0; i < length; i++) {
            if (in.get(from + i) != (byte) (header >>> (Byte.SIZE * (LENGTH - 1 - i)))) {
                return false;
            }
        }
        return true;
    }

    /** Whether what is here may be one of these headers: it is the beginning of one, or all of it. */
    public static boolean mayBegin(ByteBuffer in, int from, int to) {
        return AMQP.matches(in, from, to) || SASL.matches(in, from, to) || TLS.matches(in, from, to);
    }
}
