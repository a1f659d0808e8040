package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Frames as the peers of a test write and read them. */
final class Frames {

    static final byte[] HEADER = "AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1);

    private static final ChunkPool CHUNKS = new ChunkPool();
    private static final FrameWriter WRITER = new FrameWriter();

    private Frames() {}

    /** A frame that was read. */
    record Heard(int type, int channel, @Nullable Method method, ByteBuffer bytes) {

        boolean is(Method wanted) {
            return method == wanted;
        }

        ArgumentReader arguments() {
            return new ArgumentReader().reset(bytes, 0);
        }

        /** The octets of a body, or of a header. */
        byte[] payload() {
            byte[] payload = new byte[bytes.capacity() - Frame.OVERHEAD];
            bytes.get(Frame.PAYLOAD_OFFSET, payload);
            return payload;
        }

        long bodySize() {
            return bytes.getLong(Frame.BODY_SIZE_OFFSET);
        }

        @Override
        public String toString() {
            return (method == null ? "type " + type : method) + " on " + channel;
        }
    }

    static byte[] method(int channel, Method method, Consumer<FrameWriter> arguments) {
        ByteQueue queue = new ByteQueue(CHUNKS);
        WRITER.method(channel, method);
        arguments.accept(WRITER);
        WRITER.to(queue);
        return queue.toArray();
    }

    static byte[] method(int channel, Method method) {
        return method(channel, method, writer -> {});
    }

    static byte[] close(int channel, int code, String text, int methodId) {
        ByteQueue queue = new ByteQueue(CHUNKS);
        WRITER.close(queue, channel, code, text, methodId);
        return queue.toArray();
    }

    static byte[] heartbeat() {
        ByteQueue queue = new ByteQueue(CHUNKS);
        WRITER.heartbeat(queue);
        return queue.toArray();
    }

    static byte[] frame(int type, int channel, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(Frame.OVERHEAD + payload.length);
        frame.put((byte) type).putShort((short) channel).putInt(payload.length);
        return frame.put(payload).put(Frame.END).array();
    }

    /** A content header without properties, and body frames that fit into {@code frameMax}. */
    static byte[] content(int channel, byte[] body, int frameMax) {
        ByteBuffer header = ByteBuffer.allocate(Frame.MIN_HEADER_PAYLOAD);
        header.putShort((short) Method.BASIC_PUBLISH.classId()).putShort((short) 0);
        header.putLong(body.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(frame(Frame.HEADER, channel, header.array()));
        int most = frameMax - Frame.OVERHEAD;
        for (int at = 0; at < body.length; at += most) {
            out.writeBytes(frame(Frame.BODY, channel, Arrays.copyOfRange(body, at, Math.min(body.length, at + most))));
        }
        return out.toByteArray();
    }

    static byte[] publish(int channel, String exchange, String key, boolean mandatory, byte[] body, int frameMax) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(method(
                channel,
                Method.BASIC_PUBLISH,
                writer -> writer.shortInt(0)
                        .shortString(exchange)
                        .shortString(key)
                        .octet(mandatory ? 1 : 0)));
        out.writeBytes(content(channel, body, frameMax));
        return out.toByteArray();
    }

    /** Cuts a stream of bytes into frames. */
    static final class Decoder {
        private byte[] come = new byte[0];
        /** How much of that was taken. */
        private int at;

        private boolean takesLargeHeaders;

        /** As clients do, since RabbitMQ does not keep to frame_max there. */
        Decoder takingLargeHeaders() {
            takesLargeHeaders = true;
            return this;
        }

        void feed(byte[] bytes) {
            int before = left();
            come = Arrays.copyOfRange(come, at, at + before + bytes.length);
            at = 0;
            System.arraycopy(bytes, 0, come, before, bytes.length);
        }

        private int left() {
            return come.length - at;
        }

        /** Takes octets that are not a frame, or null where they are not all there. */
        byte @Nullable [] take(int octets) {
            if (left() < octets) {
                return null;
            }
            at += octets;
            return Arrays.copyOfRange(come, at - octets, at);
        }

        /** The next frame, or null where it is not all there. */
        @Nullable
        Heard next(int frameMax) {
            if (left() < Frame.OVERHEAD) {
                return null;
            }
            ByteBuffer view = ByteBuffer.wrap(come);
            long size = Frame.size(view, at);
            boolean mayBeLarge = takesLargeHeaders && Frame.type(view, at) == Frame.HEADER;
            if (size + Frame.OVERHEAD > frameMax && !mayBeLarge) {
                throw new AssertionError("a frame of " + size + " octets exceeds frame_max " + frameMax);
            }
            byte[] frame = take((int) size + Frame.OVERHEAD);
            if (frame == null) {
                return null;
            }
            if (frame[frame.length - 1] != Frame.END) {
                throw new AssertionError("a frame has a wrong end: " + Arrays.toString(frame));
            }
            ByteBuffer bytes = ByteBuffer.wrap(frame);
            int type = Frame.type(bytes, 0);
            Method method = type == Frame.METHOD ? Method.of(Frame.methodId(bytes, 0)) : null;
            return new Heard(type, Frame.channel(bytes, 0), method, bytes);
        }

        boolean isEmpty() {
            return left() == 0;
        }
    }
}
