package io.amqproxy.impl.trace;

import io.amqproxy.trace.TracedMessage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** The octets of one message of AMQP 1.0, which may come in several transfers: the first ones, and how many it has. */
final class GatheredOctets {

    /** What messages of all links may take together, or one of them if more is wanted of it. */
    private static final int MOST = 1024 * 1024;

    /** What comes before the body. */
    private static final int MOST_OF_HEAD = 64 * 1024;

    /** What the messages of all links of one direction take that are not complete yet. */
    static final class Room {
        private int taken;
    }

    private final Room room;
    private final int bodyLimit;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private long total;
    private int held;

    GatheredOctets(Room room, int bodyLimit) {
        this.room = room;
        this.bodyLimit = bodyLimit;
    }

    /** Keeps what lies there from this offset on, as far as it is wanted and there is room. */
    void add(ByteBuffer in, int from) {
        if (kept.size() < total) {
            return; // Something is missing already.
        }
        int wanted = MOST_OF_HEAD + bodyLimit - kept.size();
        int most = Math.max(MOST, MOST_OF_HEAD + bodyLimit) - room.taken;
        byte[] octets = new byte[Math.max(0, Math.min(in.limit() - from, Math.min(wanted, most)))];
        in.get(from, octets);
        kept.writeBytes(octets);
        held += octets.length;
        room.taken += octets.length;
    }

    /** So many octets have come, whether they were kept or not. */
    void count(long octets) {
        total += octets;
    }

    /** It takes no room any more. */
    void forget() {
        room.taken -= held;
        held = 0;
    }

    TracedMessage read() {
        return Message10.read(ByteBuffer.wrap(kept.toByteArray()), total, bodyLimit);
    }
}
