package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp10.Wire10;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Headers and frames of AMQP 1.0 in what comes in any pieces. */
final class Stream10 {

    /** A frame, or a header, which has the code 0. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    record Frame(int channel, int code, List<@Nullable Object> fields, byte[] payload, int octets) {
        @Nullable
        Object field(int index) {
            return index < fields.size() ? fields.get(index) : null;
        }

        int number(int index, int otherwise) {
            return field(index) instanceof Integer number ? number : otherwise;
        }

        boolean is(int index) {
            return Boolean.TRUE.equals(field(index));
        }

        /** The condition of the error in this field, empty where there is none. */
        String error(int index) {
            return field(index) instanceof Wire10.Described error && error.value() instanceof List<?> fields
                    ? String.valueOf(fields.get(0))
                    : "";
        }
    }

    static final byte[] SASL = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    static final byte[] AMQP = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};

    private byte[] rest = {};
    /** The largest frame that may come. */
    int most = Integer.MAX_VALUE;

    List<Frame> take(byte[] bytes) {
        byte[] all = Arrays.copyOf(rest, rest.length + bytes.length);
        System.arraycopy(bytes, 0, all, rest.length, bytes.length);
        List<Frame> frames = new ArrayList<>();
        int at = 0;
        while (all.length - at >= 8) {
            ByteBuffer in = ByteBuffer.wrap(all, at, all.length - at).slice();
            if (in.get(0) == 'A') {
                frames.add(new Frame(0, 0, List.of((int) in.get(4)), new byte[0], 8));
                at += 8;
                continue;
            }
            int size = in.getInt(0);
            if (size > most || size < 8) {
                throw new AssertionError("a frame of " + size + " octets to a peer that takes " + most);
            }
            if (all.length - at < size) {
                break;
            }
            Frame frame = read(in.limit(size));
            if (frame != null) {
                frames.add(frame);
            }
            at += size;
        }
        rest = Arrays.copyOfRange(all, at, all.length);
        return frames;
    }

    private static @Nullable Frame read(ByteBuffer in) {
        int size = in.limit();
        int channel = in.getShort(6) & 0xFFFF;
        in.position(4 * (in.get(4) & 0xFF));
        if (!in.hasRemaining()) {
            return null;
        }
        Wire10.Described performative = Wire10.described(in);
        byte[] payload = new byte[in.remaining()];
        in.get(payload);
        return new Frame(channel, performative.code(), performative.fields(), payload, size);
    }
}
