package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Writes the frames that the proxy makes itself. One writer serves a whole loop: {@link #method} begins a frame, the
 * arguments follow in the order of the specification, {@link #to} ends it.
 */
public final class FrameWriter {

    private static final int MAX_TEXT = 255;
    /** Twice the largest frame that is negotiated: a frame of a peer with something put into it fits. */
    private static final int CAPACITY = 256 * 1024;

    private final ByteBuffer frame;

    public FrameWriter() {
        this(CAPACITY);
    }

    /** One for frames that have at most so many octets. */
    public FrameWriter(int capacity) {
        frame = ByteBuffer.allocate(capacity);
    }

    public FrameWriter method(int channel, Method method) {
        frame.clear();
        frame.put((byte) Frame.METHOD).putShort((short) channel).putInt(0).putInt(method.id());
        return this;
    }

    public FrameWriter octet(int value) {
        frame.put((byte) value);
        return this;
    }

    public FrameWriter shortInt(int value) {
        frame.putShort((short) value);
        return this;
    }

    public FrameWriter longInt(int value) {
        frame.putInt(value);
        return this;
    }

    public FrameWriter longLong(long value) {
        frame.putLong(value);
        return this;
    }

    /** Writes a short string; what exceeds 255 octets is cut off, on a character's boundary. */
    public FrameWriter shortString(String text) {
        putShortString(frame, text);
        return this;
    }

    static void putShortString(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        if (length > MAX_TEXT) {
            length = MAX_TEXT;
            while ((bytes[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        out.put((byte) length).put(bytes, 0, length);
    }

    public FrameWriter longString(byte[] bytes) {
        frame.putInt(bytes.length).put(bytes);
        return this;
    }

    public FrameWriter longString(String text) {
        return longString(text.getBytes(StandardCharsets.UTF_8));
    }

    public FrameWriter table(Map<String, ?> table) {
        FieldTable.write(frame, table);
        return this;
    }

    /** Copies raw argument bytes of a frame that is being changed. */
    public FrameWriter raw(ByteBuffer source, int from, int to) {
        frame.put(frame.position(), source, from, to - from);
        frame.position(frame.position() + to - from);
        return this;
    }

    private void end() {
        frame.putInt(Frame.SIZE_OFFSET, frame.position() - Frame.PAYLOAD_OFFSET);
        frame.put(Frame.END);
    }

    /**
     * Ends the frame.
     *
     * @return its octets
     */
    public byte[] toArray() {
        end();
        return Arrays.copyOf(frame.array(), frame.position());
    }

    /** Ends the frame and appends it. */
    public void to(ByteQueue out) {
        end();
        out.append(frame, 0, frame.position());
    }

    /** {@return the octets of the payload so far, which {@link #to} sends} */
    public int payload() {
        return frame.position() - Frame.PAYLOAD_OFFSET;
    }

    /** Nothing of a frame that holds a secret stays here; it is not sent. */
    public void forget() {
        Arrays.fill(frame.array(), 0, frame.position(), (byte) 0);
        frame.clear();
    }

    /** The same for a frame that holds a secret, of which nothing stays here. */
    public void toAndForget(ByteQueue out) {
        to(out);
        forget();
    }

    /** Appends a body frame whose payload are these bytes of another one. */
    public void body(ByteQueue out, int channel, ByteBuffer source, int from, int to) {
        frame.clear();
        frame.put((byte) Frame.BODY).putShort((short) channel).putInt(to - from).put(Frame.END);
        out.append(frame, 0, Frame.PAYLOAD_OFFSET);
        out.append(source, from, to);
        out.append(frame, Frame.PAYLOAD_OFFSET, Frame.OVERHEAD);
    }

    public void heartbeat(ByteQueue out) {
        frame.clear();
        frame.put((byte) Frame.HEARTBEAT).putShort((short) 0).putInt(0).put(Frame.END);
        out.append(frame, 0, frame.position());
    }

    /** A close of connection or channel; they have the same arguments. */
    public void close(ByteQueue out, int channel, int code, String text, int methodId) {
        method(channel, channel == 0 ? Method.CONNECTION_CLOSE : Method.CHANNEL_CLOSE)
                .shortInt(code)
                .shortString(text)
                .shortInt(methodId >>> 16)
                .shortInt(methodId & 0xFFFF)
                .to(out);
    }

    /** A method without arguments. */
    public void plain(ByteQueue out, int channel, Method method) {
        method(channel, method).to(out);
    }
}
