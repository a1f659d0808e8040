package io.amqproxy.impl.pem;

import java.io.ByteArrayOutputStream;
import java.security.spec.InvalidKeySpecException;
import java.util.Arrays;

/** Just enough of DER (ITU-T X.690) to put older keys into PKCS #8 and to see what kind of key one is. */
final class Der {

    static final int INTEGER = 0x02;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int SEQUENCE = 0x30;

    private static final int LONG_FORM = 0x80;

    private final byte[] bytes;
    private int at;
    private final int end;

    Der(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    private Der(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    boolean hasNext() {
        return at < end;
    }

    /** The tag of the next element. */
    int tag() throws InvalidKeySpecException {
        return octet(at);
    }

    /** Steps over the next element and answers what is inside of it. */
    Der next() throws InvalidKeySpecException {
        int length = octet(at + 1);
        int from = at + 2;
        if (length >= LONG_FORM) {
            int octets = length - LONG_FORM;
            if (octets < 1 || octets > 3) {
                throw malformed();
            }
            length = 0;
            for (int i = 0; i < octets; i++) {
                length = length << 8 | octet(from++);
            }
        }
        if (length > end - from) {
            throw malformed();
        }
        at = from + length;
        return new Der(bytes, from, at);
    }

    /**
     * Steps over the next element, which has to have this tag.
     *
     * @return what is inside of it
     */
    Der next(int tag) throws InvalidKeySpecException {
        if (tag() != tag) {
            throw malformed();
        }
        return next();
    }

    /** What has not been stepped over. */
    byte[] rest() {
        return Arrays.copyOfRange(bytes, at, end);
    }

    private int octet(int index) throws InvalidKeySpecException {
        if (index >= end) {
            throw malformed();
        }
        return bytes[index] & 0xFF;
    }

    private static InvalidKeySpecException malformed() {
        return new InvalidKeySpecException("the key is malformed");
    }

    /** An element of this tag with these parts inside, one after the other. */
    static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream inside = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            inside.writeBytes(part);
        }
        int length = inside.size();
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        int octets = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
        if (length >= LONG_FORM) {
            element.write(LONG_FORM + octets);
        }
        for (int shift = 8 * Math.max(0, octets - 1); shift >= 0; shift -= 8) {
            element.write(length >>> shift);
        }
        element.writeBytes(inside.toByteArray());
        return element.toByteArray();
    }
}
