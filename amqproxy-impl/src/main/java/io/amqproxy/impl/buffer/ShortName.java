package io.amqproxy.impl.buffer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A short string that is compared with what lies in a buffer, without making a string of that. A name may be
 * {@link #read} anew to look others up; one that is a key must not be.
 */
public final class ShortName {

    private static final int MAX_LENGTH = 255;

    private final ByteBuffer octets;
    private int length;
    private int hash;

    private ShortName(ByteBuffer octets, int length) {
        this.octets = octets;
        this.length = length;
        this.hash = hashOf();
    }

    /** The name of this text, which has at most 255 octets in UTF-8. */
    public static ShortName of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new ShortName(ByteBuffer.wrap(bytes), bytes.length);
    }

    /** The name of the short string at this offset, which lies in the buffer as a whole. */
    public static ShortName copyOf(ByteBuffer in, int at) {
        byte[] bytes = new byte[in.get(at) & 0xFF];
        in.get(at + 1, bytes);
        return new ShortName(ByteBuffer.wrap(bytes), bytes.length);
    }

    /** One to {@link #read} names with. */
    public static ShortName reader() {
        return new ShortName(ByteBuffer.allocate(MAX_LENGTH), 0);
    }

    /** Takes the short string at this offset, which lies in the buffer as a whole. */
    public ShortName read(ByteBuffer in, int at) {
        length = in.get(at) & 0xFF;
        octets.put(0, in, at + 1, length);
        hash = hashOf();
        return this;
    }

    /** Whether the short string at this offset, which lies in the buffer as a whole, is this name. */
    public boolean isAt(ByteBuffer in, int at) {
        if ((in.get(at) & 0xFF) != length) {
            return false;
        }
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (octets.getLong(i) != in.getLong(at + 1 + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (octets.get(i) != in.get(at + 1 + i)) {
                return false;
            }
        }
        return true;
    }

    /** {@return the name as text} */
    public String text() {
        byte[] bytes = new byte[length];
        octets.get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private int hashOf() {
        int sum = 1;
        for (int i = 0; i < length; i++) {
            sum = 31 * sum + octets.get(i);
        }
        return sum;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ShortName name) || name.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.octets.get(i) != octets.get(i)) {
                return false;
            }
        }
        return true;
    }
}
