package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames. One composer serves a whole loop: {@link #begin} begins a frame and its performative, the fields
 * follow in the order of the specification, those at the end may be left out, and {@link #to} ends it. Fields that the
 * peer need not see are {@link #none}.
 */
public final class FrameComposer {

    /** More than the largest frame that is negotiated, with a performative that is written anew. */
    private static final int CAPACITY = 256 * 1024;

    /** From the frame's beginning to the list's count: header, descriptor, list32 with its size. */
    private static final int LIST_AT = FrameHeader.LENGTH + 3;

    private static final int SIZE_AT = LIST_AT + 1;
    private static final int COUNT_AT = SIZE_AT + 4;

    /** Where the first field is. */
    public static final int FIRST_FIELD = COUNT_AT + 4;

    /** Conditions are names; a longer one is none of anybody's. */
    private static final int MOST_OF_CONDITION = 255;

    private final ByteBuffer frame = ByteBuffer.allocate(CAPACITY);
    private int fields;

    public FrameComposer begin(int channel, CompositeType type) {
        frame.clear();
        frame.putInt(0).put((byte) 2).put((byte) (type.isSasl() ? FrameHeader.TYPE_SASL : FrameHeader.TYPE_AMQP));
        frame.putShort((short) channel);
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) type.code());
        frame.put((byte) FormatCode.LIST_32).putInt(0).putInt(0);
        fields = 0;
        return this;
    }

    public FrameComposer none() {
        fields++;
        frame.put((byte) FormatCode.NULL);
        return this;
    }

    /** So many fields without a value. */
    public FrameComposer none(int count) {
        for (int i = 0; i < count; i++) {
            none();
        }
        return this;
    }

    public FrameComposer bool(boolean value) {
        fields++;
        frame.put((byte) (value ? FormatCode.TRUE : FormatCode.FALSE));
        return this;
    }

    /** Changes the boolean that was written at this length of the frame. */
    public FrameComposer changeBool(int at, boolean value) {
        frame.put(at, (byte) (value ? FormatCode.TRUE : FormatCode.FALSE));
        return this;
    }

    public FrameComposer ubyte(int value) {
        fields++;
        frame.put((byte) FormatCode.UBYTE).put((byte) value);
        return this;
    }

    public FrameComposer ushort(int value) {
        fields++;
        frame.put((byte) FormatCode.USHORT).putShort((short) value);
        return this;
    }

    /** In its widest encoding, so that it can be changed in place. */
    public FrameComposer uint(int value) {
        fields++;
        frame.put((byte) FormatCode.UINT).putInt(value);
        return this;
    }

    public FrameComposer string(@Nullable String text) {
        if (text == null) {
            return none();
        }
        fields++;
        putVariable(FormatCode.STRING_8, FormatCode.STRING_32, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public FrameComposer symbol(String text) {
        fields++;
        putVariable(FormatCode.SYMBOL_8, FormatCode.SYMBOL_32, text.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    public FrameComposer binary(byte[] octets) {
        fields++;
        putVariable(FormatCode.BINARY_8, FormatCode.BINARY_32, octets);
        return this;
    }

    /** Several symbols, or none. */
    public FrameComposer symbols(Iterable<String> symbols) {
        fields++;
        int start = frame.position();
        frame.put((byte) FormatCode.ARRAY_32).putInt(0).putInt(0).put((byte) FormatCode.SYMBOL_32);
        int count = 0;
        for (String symbol : symbols) {
            byte[] octets = symbol.getBytes(StandardCharsets.US_ASCII);
            frame.putInt(octets.length).put(octets);
            count++;
        }
        frame.putInt(start + 1, frame.position() - start - 5).putInt(start + 5, count);
        return this;
    }

    /** A map of symbols to strings, booleans and integers of 32 bits. */
    public FrameComposer map(Map<String, ?> map) {
        fields++;
        int start = frame.position();
        frame.put((byte) FormatCode.MAP_32).putInt(0).putInt(2 * map.size());
        for (Map.Entry<String, ?> entry : map.entrySet()) {
            putVariable(
                    FormatCode.SYMBOL_8, FormatCode.SYMBOL_32, entry.getKey().getBytes(StandardCharsets.US_ASCII));
            putValue(entry.getValue());
        }
        frame.putInt(start + 1, frame.position() - start - 5);
        return this;
    }

    private void putValue(Object value) {
        if (value instanceof Boolean truth) {
            frame.put((byte) (truth ? FormatCode.TRUE : FormatCode.FALSE));
        } else if (value instanceof Integer number) {
            frame.put((byte) 0x71).putInt(number);
        } else {
            putVariable(
                    FormatCode.STRING_8, FormatCode.STRING_32, value.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void putVariable(int code8, int code32, byte[] octets) {
        if (octets.length < 256) {
            frame.put((byte) code8).put((byte) octets.length);
        } else {
            frame.put((byte) code32).putInt(octets.length);
        }
        frame.put(octets);
    }

    /** A value as it was encoded by somebody, or none. */
    public FrameComposer raw(byte @Nullable [] value) {
        if (value == null) {
            return none();
        }
        fields++;
        frame.put(value);
        return this;
    }

    /** So many values as they were encoded by somebody, one behind the other. */
    public FrameComposer raws(byte[] values, int count) {
        fields += count;
        frame.put(values);
        return this;
    }

    /** A field of another performative as it is encoded there, or none. */
    public FrameComposer copy(Performative from, int field) {
        if (!from.has(field)) {
            return none();
        }
        return encoded(from.buffer(), from.at(field), from.endOf(field));
    }

    /** A value as it is encoded between these offsets. */
    FrameComposer encoded(ByteBuffer in, int at, int end) {
        fields++;
        frame.put(frame.position(), in, at, end - at);
        frame.position(frame.position() + end - at);
        return this;
    }

    /** Fields of another performative from the first to the last. */
    public FrameComposer copy(Performative from, int first, int last) {
        for (int field = first; field <= last; field++) {
            copy(from, field);
        }
        return this;
    }

    /**
     * The error that another performative has in its last field, or none; it is cut down to its condition where the
     * frame would become larger than so many octets.
     */
    public FrameComposer copyError(Performative from, int field, int most) {
        if (!from.has(field) || frame.position() + from.endOf(field) - from.at(field) <= most) {
            return copy(from, field);
        }
        String condition = Values.errorCondition(from.buffer(), from.at(field));
        return error(condition.length() > MOST_OF_CONDITION ? AmqpError.INTERNAL_ERROR : condition, null);
    }

    /** An error (part 2, section 2.8.14), or none where there is no condition. */
    public FrameComposer error(@Nullable String condition, @Nullable String text) {
        return condition == null ? none() : error(condition, text, null);
    }

    /**
     * An error (part 2, section 2.8.14).
     *
     * @param info more for programs, a map as it is encoded, or null
     */
    public FrameComposer error(String condition, @Nullable String text, byte @Nullable [] info) {
        fields++;
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) 0x1D);
        int start = frame.position();
        frame.put((byte) FormatCode.LIST_32).putInt(0).putInt(info == null ? 2 : 3);
        putVariable(FormatCode.SYMBOL_8, FormatCode.SYMBOL_32, condition.getBytes(StandardCharsets.US_ASCII));
        if (text != null) {
            putVariable(FormatCode.STRING_8, FormatCode.STRING_32, text.getBytes(StandardCharsets.UTF_8));
        } else {
            frame.put((byte) FormatCode.NULL);
        }
        if (info != null) {
            frame.put(info);
        }
        frame.putInt(start + 1, frame.position() - start - 5);
        return this;
    }

    /**
     * A source or target of which nothing but the address is said (part 3, section 3.5.3), by its descriptor's code.
     */
    public FrameComposer terminus(int code, String address) {
        fields++;
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) code);
        int start = frame.position();
        frame.put((byte) FormatCode.LIST_32).putInt(0).putInt(1);
        putVariable(FormatCode.STRING_8, FormatCode.STRING_32, address.getBytes(StandardCharsets.UTF_8));
        frame.putInt(start + 1, frame.position() - start - 5);
        return this;
    }

    /**
     * A source or target of an address as it is encoded, or without one, and of what follows that in the encoding of
     * others.
     */
    public FrameComposer terminus(int code, byte @Nullable [] address, byte[] behind) {
        fields++;
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) code);
        int start = frame.position();
        frame.put((byte) FormatCode.LIST_32).putInt(0).putInt(0);
        if (address == null) {
            frame.put((byte) FormatCode.NULL);
        } else {
            frame.put(address);
        }
        frame.put(behind);
        frame.putInt(start + 1, frame.position() - start - 5);
        frame.putInt(start + 5, Values.countItems(frame, start + 9, frame.position()));
        return this;
    }

    /** A delivery state without fields, by the code of its descriptor. */
    public FrameComposer state(int code) {
        fields++;
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) code);
        frame.put((byte) FormatCode.LIST_0);
        return this;
    }

    /** The outcome of a delivery that was rejected for this error (part 3, section 3.4.3). */
    public FrameComposer rejected(String condition, String text) {
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) 0x25);
        int start = frame.position();
        frame.put((byte) FormatCode.LIST_32).putInt(0).putInt(1);
        error(condition, text);
        frame.putInt(start + 1, frame.position() - start - 5);
        return this;
    }

    /**
     * A state within a transaction (part 4, section 4.5.8): the one with which another disposition accepts, with this
     * outcome in place of its own.
     */
    public FrameComposer inTransaction(Performative accepting, Consumer<FrameComposer> outcome) {
        int end = accepting.endOf(Performative.DISPOSITION_STATE);
        int id = Composite.firstBinary(accepting.buffer(), accepting.at(Performative.DISPOSITION_STATE), end);
        int length = Composite.length(accepting.buffer(), id, end);
        frame.put((byte) FormatCode.DESCRIBED)
                .put((byte) FormatCode.ULONG_SMALL)
                .put((byte) 0x34);
        int start = frame.position();
        frame.put((byte) FormatCode.LIST_32).putInt(0).putInt(2);
        frame.put(frame.position(), accepting.buffer(), id, length);
        frame.position(frame.position() + length);
        outcome.accept(this); // It counts as the one field that all of it is.
        frame.putInt(start + 1, frame.position() - start - 5);
        return this;
    }

    /** Ends the performative and appends the frame without a payload. */
    public void to(ByteQueue out) {
        endPerformative(0);
        out.append(frame, 0, frame.position());
    }

    /** The same for a frame that holds a secret, of which nothing stays here. */
    public void toAndForget(ByteQueue out) {
        to(out);
        Arrays.fill(frame.array(), 0, frame.position(), (byte) 0);
    }

    /** Ends the performative and appends the frame with these octets as its payload. */
    public void to(ByteQueue out, ByteBuffer payload, int from, int to) {
        endPerformative(to - from);
        out.append(frame, 0, frame.position());
        out.append(payload, from, to);
    }

    /** Ends the performative, and reads it as the peer would that gets the frame; nothing else reads that object. */
    public Performative read() {
        endPerformative(0);
        byte[] octets = Arrays.copyOf(frame.array(), frame.position());
        try {
            return new Performative().read(ByteBuffer.wrap(octets), FrameHeader.LENGTH, octets.length);
        } catch (AmqpError mistake) {
            throw new IllegalStateException(mistake);
        }
    }

    /** How long the frame is without a payload. */
    public int length() {
        return frame.position();
    }

    /** Whether the frame, without a payload, is no larger than so many octets. */
    public boolean fits(int most) {
        return frame.position() <= most;
    }

    /**
     * The frame, where it is no larger than so many octets.
     *
     * @throws AmqpError with {@code amqp:frame-size-too-small} where it is
     */
    public FrameComposer within(int most) throws AmqpError {
        if (!fits(most)) {
            throw AmqpError.session(AmqpError.FRAME_SIZE_TOO_SMALL, tooLarge(most));
        }
        return this;
    }

    /** What is said of a frame that is larger than this. */
    public String tooLarge(int most) {
        return "a frame would have " + frame.position() + " octets, and its receiver takes " + most;
    }

    private void endPerformative(int payload) {
        frame.putInt(SIZE_AT, frame.position() - COUNT_AT);
        frame.putInt(COUNT_AT, fields);
        frame.putInt(FrameHeader.SIZE_OFFSET, frame.position() + payload);
    }

    /** A frame with nothing in it, which says that the peer is alive (part 2, section 2.4.5). */
    public void empty(ByteQueue out) {
        frame.clear();
        frame.putInt(FrameHeader.LENGTH)
                .put((byte) 2)
                .put((byte) FrameHeader.TYPE_AMQP)
                .putShort((short) 0);
        out.append(frame, 0, frame.position());
    }
}
