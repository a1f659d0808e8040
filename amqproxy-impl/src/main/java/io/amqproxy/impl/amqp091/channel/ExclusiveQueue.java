package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.pool.spi.ClientQueue;
import java.nio.ByteBuffer;

/**
 * A queue that a client declared for itself, and as what: only the same declaration shows that it is that client's
 * still.
 */
public final class ExclusiveQueue implements ClientQueue {

    private static final int DECLARE_QUIETLY = 1 << 4;
    private static final int LOOK_QUIETLY = 1 | DECLARE_QUIETLY;
    private static final int DELETE_QUIETLY = 1 << 2;
    /** How names begin that brokers make, and that clients may not declare. */
    private static final String RESERVED = "amq.";

    /** An object and its place in a table. */
    private static final int OVERHEAD = 100;

    private final String name;
    private final int bits;
    private final byte[] table;

    /**
     * @param bits those of the declaration, whether an answer is wanted or not
     * @param table its arguments, with their length
     */
    ExclusiveQueue(String name, int bits, byte[] table) {
        this.name = name;
        this.bits = bits;
        this.table = table;
    }

    @Override
    public String name() {
        return name;
    }

    /** How much memory it takes, about. */
    @Override
    public int octets() {
        return OVERHEAD + 2 * name.length() + table.length;
    }

    /**
     * Writes what deletes the queue if it is there and exclusive to this connection, and nothing else. A broker fails
     * to declare it where it is anybody else's or was declared as something else (AMQP 0-9-1, section 1.7.2.1), a
     * channel that failed does nothing more, and what is declared here cannot become another connection's. A name that
     * the broker has made can be declared by nobody (AMQP 0-9-1 reference, queue.declare, rule "reserved"), and so is
     * nobody else's.
     */
    public void writeDelete(FrameWriter frames, int channel, ByteQueue out) {
        declare(frames, channel, LOOK_QUIETLY).longInt(0).to(out);
        if (!name.startsWith(RESERVED)) {
            declare(frames, channel, bits | DECLARE_QUIETLY)
                    .raw(ByteBuffer.wrap(table), 0, table.length)
                    .to(out);
        }
        frames.method(channel, Method.QUEUE_DELETE)
                .shortInt(0)
                .shortString(name)
                .octet(DELETE_QUIETLY)
                .to(out);
    }

    private FrameWriter declare(FrameWriter frames, int channel, int how) {
        return frames.method(channel, Method.QUEUE_DECLARE)
                .shortInt(0)
                .shortString(name)
                .octet(how);
    }
}
