package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Appends frames of AMQP 1.0 to a buffer. */
final class FrameBuilder10 {

    private static final int LIST32 = 0xD0;

    private final ByteBuffer out;
    private int frame;
    private int list;
    private int fields;

    FrameBuilder10(ByteBuffer out) {
        this.out = out;
    }

    ByteBuffer buffer() {
        return out;
    }

    /** @param protocol 0 for AMQP, 3 for SASL */
    FrameBuilder10 header(int protocol) {
        out.put("AMQP".getBytes(UTF_8)).put(new byte[] {(byte) protocol, 1, 0, 0});
        return this;
    }

    FrameBuilder10 begin(int type, int channel, int performative) {
        frame = out.position();
        out.putInt(0).put((byte) 2).put((byte) type).putShort((short) channel);
        descriptor(performative);
        list = out.position();
        fields = 0;
        out.put((byte) LIST32).putInt(0).putInt(0);
        return this;
    }

    private void descriptor(int code) {
        out.put((byte) 0).put((byte) 0x53).put((byte) code);
    }

    /** The fields are complete; what follows is the payload. */
    FrameBuilder10 payload() {
        out.putInt(list + 1, out.position() - list - 1 - Integer.BYTES);
        out.putInt(list + 1 + Integer.BYTES, fields);
        return this;
    }

    FrameBuilder10 end() {
        payload();
        return endWithPayload();
    }

    FrameBuilder10 endWithPayload() {
        out.putInt(frame, out.position() - frame);
        return this;
    }

    FrameBuilder10 nothing() {
        fields++;
        out.put((byte) 0x40);
        return this;
    }

    FrameBuilder10 number(int value) {
        fields++;
        out.put((byte) 0x70).putInt(value);
        return this;
    }

    FrameBuilder10 octet(int value) {
        fields++;
        out.put((byte) 0x50).put((byte) value);
        return this;
    }

    FrameBuilder10 shortInt(int value) {
        fields++;
        out.put((byte) 0x60).putShort((short) value);
        return this;
    }

    FrameBuilder10 flag(boolean value) {
        fields++;
        out.put((byte) (value ? 0x41 : 0x42));
        return this;
    }

    FrameBuilder10 text(String value) {
        return bytes(0xA1, value.getBytes(UTF_8));
    }

    FrameBuilder10 symbol(String value) {
        return bytes(0xA3, value.getBytes(UTF_8));
    }

    FrameBuilder10 binary(byte... value) {
        return bytes(0xA0, value);
    }

    private FrameBuilder10 bytes(int code, byte[] value) {
        fields++;
        out.put((byte) code).put((byte) value.length).put(value);
        return this;
    }

    /** A described list without fields, or with an address as its first. */
    FrameBuilder10 terminus(int code, String address) {
        fields++;
        descriptor(code);
        byte[] bytes = address.getBytes(UTF_8);
        if (bytes.length == 0) {
            out.put((byte) 0x45);
        } else {
            out.put((byte) 0xC0).put((byte) (bytes.length + 3)).put((byte) 1);
            out.put((byte) 0xA1).put((byte) bytes.length).put(bytes);
        }
        return this;
    }

    /** A section of a message with so many octets of data. */
    FrameBuilder10 data(int size) {
        descriptor(Amqp10.DATA);
        if (size < 256) {
            out.put((byte) 0xA0).put((byte) size);
        } else {
            out.put((byte) 0xB0).putInt(size);
        }
        for (int i = 0; i < size; i++) {
            out.put((byte) 'x');
        }
        return this;
    }
}
