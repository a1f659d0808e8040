package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Appends frames to a buffer. */
final class FrameBuilder {

    private final ByteBuffer out;
    private int start;

    FrameBuilder(ByteBuffer out) {
        this.out = out;
    }

    ByteBuffer buffer() {
        return out;
    }

    FrameBuilder protocolHeader() {
        out.put("AMQP".getBytes(UTF_8)).put(new byte[] {0, 0, 9, 1});
        return this;
    }

    FrameBuilder method(int channel, int id) {
        return frame(Amqp.METHOD, channel).longInt(id);
    }

    FrameBuilder frame(int type, int channel) {
        start = out.position();
        out.put((byte) type).putShort((short) channel).putInt(0);
        return this;
    }

    FrameBuilder octet(int value) {
        out.put((byte) value);
        return this;
    }

    FrameBuilder shortInt(int value) {
        out.putShort((short) value);
        return this;
    }

    FrameBuilder longInt(int value) {
        out.putInt(value);
        return this;
    }

    FrameBuilder longLong(long value) {
        out.putLong(value);
        return this;
    }

    FrameBuilder shortString(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        out.put((byte) bytes.length).put(bytes);
        return this;
    }

    FrameBuilder longString(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        out.putInt(bytes.length).put(bytes);
        return this;
    }

    /** A field of a table, whose value is a string. */
    FrameBuilder field(String name, String value) {
        return shortString(name).octet('S').longString(value);
    }

    /** A field of a table, which is true. */
    FrameBuilder flag(String name) {
        return shortString(name).octet('t').octet(1);
    }

    /** Begins a table; its length is written by {@link #endTable}. */
    int table() {
        int at = out.position();
        out.putInt(0);
        return at;
    }

    FrameBuilder endTable(int at) {
        out.putInt(at, out.position() - at - 4);
        return this;
    }

    FrameBuilder end() {
        out.putInt(start + 3, out.position() - start - Amqp.PAYLOAD);
        out.put(Amqp.END);
        return this;
    }

    /** Content header and body, after a method that has content. */
    FrameBuilder content(int channel, int size) {
        frame(Amqp.HEADER, channel)
                .shortInt(Amqp.BASIC_CLASS)
                .shortInt(0)
                .longLong(size)
                .shortInt(0)
                .end();
        int left = size;
        while (left > 0) {
            int part = Math.min(left, Amqp.FRAME_MAX - Amqp.OVERHEAD);
            frame(Amqp.BODY, channel);
            for (int i = 0; i < part; i++) {
                out.put((byte) 'x');
            }
            end();
            left -= part;
        }
        return this;
    }

    /** A whole message to the default exchange. */
    FrameBuilder publish(int channel, String routingKey, int size) {
        return method(channel, Amqp.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString(routingKey)
                .octet(0)
                .end()
                .content(channel, size);
    }
}
