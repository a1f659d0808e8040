package io.amqproxy.impl.amqp091.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Well-formed arguments with random values, put together octet by octet without the code that is tested. */
final class WellFormed {

    /** The letters of the field values that RabbitMQ knows. */
    static final String VALUE_TYPES = "tbBsuIifDldTSxFAV";

    /** Where the frames of {@link #methodFrame} begin; the octets before are none of the reader's business. */
    static final int FRAME_AT = 3;

    private static final int MAX_DEPTH = 3;
    private static final int MAX_BLOCK = 32 * 1024;

    private WellFormed() {}

    /** A block of arguments of the types that a {@link Method} or a content header gives letters to. */
    static byte[] arguments(String types, Random random) {
        ByteBuffer out = ByteBuffer.allocate(MAX_BLOCK);
        for (int i = 0; i < types.length(); i++) {
            argument(out, types.charAt(i), random);
        }
        return written(out);
    }

    static void argument(ByteBuffer out, char type, Random random) {
        switch (type) {
            case 'o', 'B' -> octets(out, 1, random);
            case 's' -> octets(out, 2, random);
            case 'l' -> octets(out, 4, random);
            case 'L' -> octets(out, 8, random);
            case 'S' -> shortString(out, random);
            case 'X' -> longString(out, random);
            case 'T' -> table(out, random, 0);
            default -> throw new AssertionError("no such type: " + type);
        }
    }

    static void table(ByteBuffer out, Random random, int depth) {
        int at = out.position();
        out.putInt(0);
        for (int i = random.nextInt(4); i > 0; i--) {
            shortString(out, random);
            value(out, VALUE_TYPES.charAt(random.nextInt(VALUE_TYPES.length())), random, depth);
        }
        out.putInt(at, out.position() - at - 4);
    }

    /** A field value with its letter in front. */
    static void value(ByteBuffer out, char type, Random random, int depth) {
        boolean nested = type == 'F' || type == 'A';
        if (nested && depth >= MAX_DEPTH) {
            out.put((byte) type).putInt(0);
            return;
        }
        out.put((byte) type);
        switch (type) {
            case 't', 'b', 'B' -> octets(out, 1, random);
            case 's', 'u' -> octets(out, 2, random);
            case 'I', 'i' -> octets(out, 4, random);
            case 'f' -> out.putFloat(random.nextFloat());
            case 'D' -> octets(out, 5, random);
            case 'l', 'T' -> octets(out, 8, random);
            case 'd' -> out.putDouble(random.nextGaussian());
            case 'S', 'x' -> longString(out, random);
            case 'F' -> table(out, random, depth + 1);
            case 'A' -> array(out, random, depth + 1);
            case 'V' -> {}
            default -> throw new AssertionError("no such type: " + type);
        }
    }

    private static void array(ByteBuffer out, Random random, int depth) {
        int at = out.position();
        out.putInt(0);
        for (int i = random.nextInt(4); i > 0; i--) {
            value(out, VALUE_TYPES.charAt(random.nextInt(VALUE_TYPES.length())), random, depth);
        }
        out.putInt(at, out.position() - at - 4);
    }

    private static void shortString(ByteBuffer out, Random random) {
        int length = random.nextInt(random.nextInt(10) == 0 ? 256 : 12);
        out.put((byte) length);
        octets(out, length, random);
    }

    private static void longString(ByteBuffer out, Random random) {
        int length = random.nextInt(random.nextInt(10) == 0 ? 600 : 12);
        out.putInt(length);
        octets(out, length, random);
    }

    private static void octets(ByteBuffer out, int count, Random random) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        out.put(bytes);
    }

    /** A method frame at {@link #FRAME_AT} between octets that do not belong to it. */
    static ByteBuffer methodFrame(Method method, byte[] arguments) {
        ByteBuffer id = ByteBuffer.allocate(4).putInt(0, method.id());
        return frame(Frame.METHOD, id.array(), arguments);
    }

    /** A frame at {@link #FRAME_AT} whose payload are these parts, between octets that do not belong to it. */
    static ByteBuffer frame(int type, byte[]... parts) {
        int size = List.of(parts).stream().mapToInt(part -> part.length).sum();
        byte[] octets = new byte[FRAME_AT + Frame.OVERHEAD + size + FRAME_AT];
        Arrays.fill(octets, (byte) 0x55);
        ByteBuffer frame = ByteBuffer.wrap(octets);
        frame.position(FRAME_AT);
        frame.put((byte) type).putShort((short) 1).putInt(size);
        for (byte[] part : parts) {
            frame.put(part);
        }
        frame.put(Frame.END);
        return frame.rewind();
    }

    /** Makes the frame look as if its payload had another length; the octets stay where they are. */
    static void resize(ByteBuffer frame, int size) {
        frame.putInt(FRAME_AT + Frame.SIZE_OFFSET, size);
    }

    /** What was written to the buffer so far. */
    static byte[] written(ByteBuffer out) {
        byte[] octets = new byte[out.position()];
        out.get(0, octets);
        return octets;
    }
}
