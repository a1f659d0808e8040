package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.FieldTable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The properties of class basic that change what a broker does (AMQP 0-9-1, section 1.8), out of a content header that
 * is well formed.
 *
 * @param headers empty where there are none
 */
record MessageProperties(
        Map<String, Object> headers,
        @Nullable String replyTo,
        @Nullable String expiration,
        @Nullable String userId) {

    /** A letter for each property, from the highest flag bit down: short string, table, octet, long long. */
    private static final String TYPES = "SSTooSSSSLSSSS";

    private static final int FLAGS = 12;
    private static final int FIRST = 14;
    private static final int HEADERS = 2;
    private static final int REPLY_TO = 6;
    private static final int EXPIRATION = 7;
    private static final int USER_ID = 11;

    /** @param header the payload of a content header */
    static MessageProperties of(byte[] header) {
        ByteBuffer in = ByteBuffer.wrap(header);
        int flags = in.getShort(FLAGS) & 0xFFFF;
        Map<String, Object> headers = Map.of();
        @Nullable String[] texts = new String[TYPES.length()];
        int at = FIRST;
        for (int i = 0; i < TYPES.length(); i++) {
            if ((flags & 0x8000 >>> i) == 0) {
                continue;
            }
            switch (TYPES.charAt(i)) {
                case 'S' -> {
                    int length = in.get(at) & 0xFF;
                    texts[i] = new String(header, at + 1, length, StandardCharsets.UTF_8);
                    at += 1 + length;
                }
                case 'T' -> {
                    if (i == HEADERS) {
                        headers = FieldTable.readAll(in, at);
                    }
                    at += Integer.BYTES + in.getInt(at);
                }
                case 'L' -> at += Long.BYTES;
                default -> at++;
            }
        }
        return new MessageProperties(headers, texts[REPLY_TO], texts[EXPIRATION], texts[USER_ID]);
    }
}
