package io.amqproxy.impl.buffer;

import java.nio.ByteBuffer;

/**
 * Text in UTF-8 (RFC 3629), which names in methods have to be (AMQP 0-9-1, section 4.2.5.3). RabbitMQ closes the
 * connection for other octets; it lets code points pass that are none (surrogates, and those above U+10FFFF), which are
 * no text here.
 */
public final class Utf8 {

    private Utf8() {}

    /** Whether the octets between these offsets are text. */
    public static boolean isText(ByteBuffer in, int from, int to) {
        int at = from;
        while (at < to) {
            int first = in.get(at);
            if (first >= 0) {
                at++;
            } else {
                int length = length(first & 0xFF);
                if (length == 0 || length > to - at || !isCodePoint(in, at, length)) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    /** How many octets a code point has that begins with this one, or 0 where none does. */
    private static int length(int first) {
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    }

    private static boolean isCodePoint(ByteBuffer in, int at, int length) {
        for (int i = 1; i < length; i++) {
            if ((in.get(at + i) & 0xC0) != 0x80) {
                return false;
            }
        }
        int second = in.get(at + 1) & 0xFF;
        return switch (in.get(at) & 0xFF) {
            case 0xE0 -> second >= 0xA0; // Shorter ones have less octets.
            case 0xED -> second < 0xA0; // Surrogates.
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second < 0x90; // Nothing is above U+10FFFF.
            default -> true;
        };
    }
}
