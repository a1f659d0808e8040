package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Values;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that the broker has declared for the client of one session and that the client has not discharged
 * (part 4, section 4.3). Brokers number them by connection, which several clients may share, and some keep them, and
 * what was taken from queues in them, as long as that lasts.
 */
public final class OpenTransactions {

    /** No more than these are asked for. */
    static final int MOST = 1024;

    /** Octets of what a transaction is called; one with a longer name is not the client's. */
    private static final int MOST_OF_ID = 128;

    /** An amqp-value with a discharge, up to the length of its list. */
    private static final byte[] DISCHARGE = {0, 0x53, 0x77, 0, 0x53, 0x32, (byte) 0xC0};

    private static final byte BINARY = (byte) 0xA0;
    private static final byte FAIL = 0x41;

    /** Each frame of a transaction is looked for here, however many there are; brokers say what they are called. */
    private final LinkedHashSet<ByteBuffer> ids = new LinkedHashSet<>(0);
    /** What is looked for; there from the first transaction on. */
    private @Nullable ByteBuffer sought;

    void onDeclared(byte[] id) {
        if (id.length > 0 && id.length <= MOST_OF_ID && ids.size() < MOST) {
            ids.add(ByteBuffer.wrap(id));
            sought = sought == null ? ByteBuffer.allocate(MOST_OF_ID) : sought;
        }
    }

    /** The client discharges the one whose id is at this offset. */
    void onDischarged(ByteBuffer in, int at) {
        ids.remove(idAt(in, at));
    }

    /** Whether the one whose id is at this offset, or -1 for none, is open. */
    public boolean isOpen(ByteBuffer in, int at) {
        return at >= 0 && ids.contains(idAt(in, at));
    }

    /** What is called so, until this is asked again; null where nothing here is. */
    private @Nullable ByteBuffer idAt(ByteBuffer in, int at) {
        int length = Values.contentLength(in, at);
        return sought == null || length > MOST_OF_ID
                ? null
                : sought.clear().put(0, in, Values.contentAt(in, at), length).limit(length);
    }

    public int count() {
        return ids.size();
    }

    boolean isAny() {
        return !ids.isEmpty();
    }

    /** They are left to the end of the connection. */
    void forget() {
        ids.clear();
    }

    /** The message that rolls the oldest one back, which is forgotten; there is one. */
    ByteBuffer rollBack() {
        ByteBuffer id = ids.iterator().next();
        ids.remove(id);
        int length = id.remaining();
        return ByteBuffer.allocate(DISCHARGE.length + length + 5)
                .put(DISCHARGE)
                .put((byte) (length + 4))
                .put((byte) 2)
                .put(BINARY)
                .put((byte) length)
                .put(id)
                .put(FAIL)
                .flip();
    }
}
