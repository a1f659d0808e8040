package io.amqproxy.benchmark;

import java.nio.ByteBuffer;

/** Reads the frames of one connection of AMQP 1.0, each when all of it is there. */
final class FrameScanner10 {

    /** Who is told. */
    interface Handler {
        /** @param protocol 0 for AMQP, 3 for SASL */
        void onHeader(int protocol);

        /** @param fields at the first field */
        void onFrame(int channel, int performative, Fields10 fields);
    }

    private final Handler handler;
    private final Fields10 fields = new Fields10();
    private byte[] carry = new byte[0];
    private int carried;

    FrameScanner10(Handler handler) {
        this.handler = handler;
    }

    /** What was left over comes first into the buffer, before a socket is read. */
    ByteBuffer prepared(ByteBuffer buffer) {
        return buffer.clear().put(carry, 0, carried);
    }

    /** Tells what is complete. */
    void scan(ByteBuffer in) {
        int limit = in.position();
        int at = 0;
        while (limit - at >= Amqp10.FRAME_HEADER) {
            if (Amqp10.isHeader(in.getLong(at))) {
                handler.onHeader(in.get(at + 4));
                at += Amqp10.FRAME_HEADER;
                continue;
            }
            int size = in.getInt(at);
            if (size < Amqp10.FRAME_HEADER || size > in.capacity()) {
                throw new IllegalStateException("A frame of " + size + " octets");
            }
            if (limit - at < size) {
                break;
            }
            if (size > Amqp10.FRAME_HEADER) {
                onFrame(in, at);
            }
            at += size;
        }
        carried = limit - at;
        if (carried > carry.length) {
            carry = new byte[Math.max(64, carried)];
        }
        in.get(at, carry, 0, carried);
    }

    /** Descriptors are small unsigned longs, as both sides here write them, or long ones. */
    private void onFrame(ByteBuffer in, int at) {
        int channel = in.getShort(at + 6) & 0xFFFF;
        int descriptor = at + (in.get(at + 4) & 0xFF) * 4 + 1;
        boolean small = in.get(descriptor) == 0x53;
        int performative = small ? in.get(descriptor + 1) & 0xFF : (int) in.getLong(descriptor + 1);
        fields.read(in, descriptor + (small ? 2 : 9));
        handler.onFrame(channel, performative, fields);
    }
}
