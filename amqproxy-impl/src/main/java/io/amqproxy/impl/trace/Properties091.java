package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Frame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The properties in a content header of class basic that was found well formed. */
final class Properties091 {

    private static final String TYPES = "SSTooSSSSLSSSS";
    private static final List<String> NAMES = List.of(
            "content-type",
            "content-encoding",
            "headers",
            "delivery-mode",
            "priority",
            "correlation-id",
            "reply-to",
            "expiration",
            "message-id",
            "timestamp",
            "type",
            "user-id",
            "app-id",
            "cluster-id");

    private Properties091() {}

    static Map<String, Object> read(ByteBuffer in) {
        int flags = in.getShort(Frame.PAYLOAD_OFFSET + Frame.MIN_HEADER_PAYLOAD - 2);
        int at = Frame.PAYLOAD_OFFSET + Frame.MIN_HEADER_PAYLOAD;
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < NAMES.size(); i++) {
            if ((flags & 0x8000 >>> i) == 0) {
                continue;
            }
            char type = TYPES.charAt(i);
            properties.put(NAMES.get(i), value(in, at, type));
            at += length(in, at, type);
        }
        return properties;
    }

    private static Object value(ByteBuffer in, int at, char type) {
        return switch (type) {
            case 'S' -> text(in, at);
            case 'T' -> FieldTable.readAll(in, at);
            case 'L' -> in.getLong(at);
            default -> in.get(at) & 0xFF;
        };
    }

    private static String text(ByteBuffer in, int at) {
        byte[] octets = new byte[in.get(at) & 0xFF];
        in.get(at + 1, octets);
        return new String(octets, StandardCharsets.UTF_8);
    }

    private static int length(ByteBuffer in, int at, char type) {
        return switch (type) {
            case 'S' -> 1 + (in.get(at) & 0xFF);
            case 'T' -> 4 + in.getInt(at);
            case 'L' -> 8;
            default -> 1;
        };
    }
}
