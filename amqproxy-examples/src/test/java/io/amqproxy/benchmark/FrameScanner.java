package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * Reads the frames of one connection, for the price of their headers: bodies are skipped, and a message is complete
 * when as much was skipped as its content header announced. Allocates only while it gets to know its connection.
 */
final class FrameScanner {

    /** Who is told. */
    interface Handler {
        /** A protocol header instead of a frame. */
        void onProtocolHeader();

        /**
         * A method without content.
         *
         * @param arguments where they begin in the buffer
         */
        void onMethod(int channel, int id, ByteBuffer in, int arguments);

        /** A message is complete. */
        void onMessage(int channel);
    }

    private final Handler handler;
    private byte[] carry = new byte[0];
    private int carried;
    private int skip;
    private int skippedSize;
    private int skippedChannel;
    private long[] missing = new long[2];

    FrameScanner(Handler handler) {
        this.handler = handler;
    }

    /**
     * Reads once, and tells what is complete.
     *
     * @param buffer the reader's; what is in it does not matter
     * @return what {@link SocketChannel#read} returned
     */
    int read(SocketChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear().put(carry, 0, carried);
        int count = channel.read(buffer);
        if (count > 0) {
            scan(buffer, buffer.position());
        }
        return count;
    }

    /**
     * Tells what is complete.
     *
     * @param bytes the next ones of the connection
     * @param buffer the reader's; what is in it does not matter
     */
    void accept(ByteBuffer bytes, ByteBuffer buffer) {
        buffer.clear().put(carry, 0, carried).put(bytes);
        scan(buffer, buffer.position());
    }

    private void scan(ByteBuffer in, int limit) {
        int at = skip(in, limit);
        while (limit - at >= Amqp.OVERHEAD) {
            // Type, channel and size of the payload are the first seven octets.
            long head = in.getLong(at);
            int type = (int) (head >>> 56);
            int channel = (int) (head >>> 40) & 0xFFFF;
            int size = (int) (head >>> 8);
            if (type == Amqp.PROTOCOL_HEADER) {
                handler.onProtocolHeader();
                at += Amqp.OVERHEAD;
                continue;
            }
            int length = size + Amqp.OVERHEAD;
            if (size < 0 || length > in.capacity()) {
                throw new IllegalStateException("A frame of " + size + " octets");
            }
            if (limit - at < length) {
                if (type != Amqp.BODY) {
                    break;
                }
                skip = length - (limit - at);
                skippedSize = size;
                skippedChannel = channel;
                at = limit;
                break;
            }
            checkEnd(in, at + length - 1);
            onFrame(type, channel, in, at, size);
            at += length;
        }
        carry(in, at, limit);
    }

    private int skip(ByteBuffer in, int limit) {
        if (skip == 0) {
            return 0;
        }
        int skipped = Math.min(skip, limit);
        skip -= skipped;
        if (skip == 0) {
            checkEnd(in, skipped - 1);
            onBody(skippedChannel, skippedSize);
        }
        return skipped;
    }

    private static void checkEnd(ByteBuffer in, int at) {
        if (in.get(at) != Amqp.END) {
            throw new IllegalStateException("A frame without its end octet");
        }
    }

    private void onFrame(int type, int channel, ByteBuffer in, int at, int size) {
        if (type == Amqp.METHOD) {
            int id = in.getInt(at + Amqp.PAYLOAD);
            if (id != Amqp.BASIC_PUBLISH && id != Amqp.BASIC_DELIVER) {
                handler.onMethod(channel, id, in, at + Amqp.PAYLOAD + Amqp.ARGUMENTS);
            }
        } else if (type == Amqp.HEADER) {
            long body = in.getLong(at + Amqp.PAYLOAD + 4);
            if (channel >= missing.length) {
                missing = Arrays.copyOf(missing, 2 * channel);
            }
            missing[channel] = body;
            if (body == 0) {
                handler.onMessage(channel);
            }
        } else if (type == Amqp.BODY) {
            onBody(channel, size);
        }
    }

    private void onBody(int channel, int size) {
        long left = missing[channel] - size;
        missing[channel] = left;
        if (left == 0) {
            handler.onMessage(channel);
        } else if (left < 0) {
            throw new IllegalStateException("A body longer than its header said");
        }
    }

    private void carry(ByteBuffer in, int at, int limit) {
        carried = limit - at;
        if (carried > carry.length) {
            carry = new byte[Math.max(64, carried)];
        }
        in.get(at, carry, 0, carried);
    }
}
