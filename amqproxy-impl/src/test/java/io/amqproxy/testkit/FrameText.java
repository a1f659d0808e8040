package io.amqproxy.testkit;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A frame in words: {@code 1 basic.publish 0 '' 'orders' 0}. Secrets are left out, long bodies are named by their size.
 */
public final class FrameText {

    private static final String PROPERTIES = "SSTooSSSSLSSSS";
    private static final List<String> PROPERTY_NAMES = List.of(
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
    private static final int SHOWN_BODY = 64;

    private final ByteBuffer in;

    private FrameText(ByteBuffer in) {
        this.in = in;
    }

    /** The words for a frame whose payload this is, with the channel in front. */
    public static String of(int type, int channel, ByteBuffer payload) {
        String what;
        try {
            what = new FrameText(payload.duplicate()).payload(type);
        } catch (RuntimeException malformed) {
            what = "malformed frame of type " + type + ", " + payload.remaining() + " octets";
        }
        return channel + " " + what;
    }

    /** The words for a frame as it goes over the network. */
    public static String of(ByteBuffer frame) {
        return of(
                Frame.type(frame, 0),
                Frame.channel(frame, 0),
                frame.slice(Frame.PAYLOAD_OFFSET, frame.limit() - Frame.OVERHEAD));
    }

    private String payload(int type) {
        return switch (type) {
            case Frame.METHOD -> method();
            case Frame.HEADER -> header();
            case Frame.BODY -> body();
            case Frame.HEARTBEAT -> "heartbeat";
            default -> "frame of type " + type + ", " + in.remaining() + " octets";
        };
    }

    private String method() {
        int id = in.getInt();
        Method method = Method.of(id);
        if (method == null) {
            return "method " + name(id);
        }
        if (method == Method.CONNECTION_START_OK || method == Method.CONNECTION_UPDATE_SECRET) {
            return method + " (with a secret)";
        }
        if (method == Method.CONNECTION_CLOSE || method == Method.CHANNEL_CLOSE) {
            return method + " " + value('s') + " " + value('S') + " " + name(in.getInt());
        }
        return method + values(method.arguments());
    }

    /** A method by the numbers of a close: its name, or the numbers where there is none. */
    private static String name(int id) {
        Method method = Method.of(id);
        return method != null ? "(" + method + ")" : "(" + (id >>> 16) + "." + (id & 0xFFFF) + ")";
    }

    private String values(String types) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < types.length(); i++) {
            text.append(' ').append(value(types.charAt(i)));
        }
        return text.toString();
    }

    private String header() {
        in.getInt();
        StringBuilder text = new StringBuilder("header " + in.getLong());
        int flags = in.getShort();
        for (int i = 0; i < PROPERTIES.length(); i++) {
            if ((flags & 0x8000 >>> i) != 0) {
                text.append(' ').append(PROPERTY_NAMES.get(i)).append('=').append(value(PROPERTIES.charAt(i)));
            }
        }
        return text.toString();
    }

    private String body() {
        int size = in.remaining();
        return size <= SHOWN_BODY ? "body " + quoted(size) : "body of " + size + " octets";
    }

    private String value(char type) {
        return switch (type) {
            case 'o', 'B' -> Integer.toString(in.get() & 0xFF);
            case 's' -> Integer.toString(in.getShort() & 0xFFFF);
            case 'l' -> Long.toString(in.getInt() & 0xFFFF_FFFFL);
            case 'L' -> Long.toString(in.getLong());
            case 'S' -> quoted(in.get() & 0xFF);
            case 'X' -> quoted(in.getInt());
            case 'T' -> table();
            default -> throw new IllegalArgumentException("argument type " + type);
        };
    }

    private String quoted(int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return "'" + new String(bytes, StandardCharsets.UTF_8) + "'";
    }

    private String table() {
        List<String> entries = new ArrayList<>();
        int stop = in.getInt() + in.position();
        while (in.position() < stop) {
            String key = quoted(in.get() & 0xFF);
            entries.add(key.substring(1, key.length() - 1) + "=" + field());
        }
        return "{" + String.join(", ", entries) + "}";
    }

    private String array() {
        List<String> entries = new ArrayList<>();
        int stop = in.getInt() + in.position();
        while (in.position() < stop) {
            entries.add(field());
        }
        return entries.toString();
    }

    private String field() {
        char type = (char) in.get();
        return switch (type) {
            case 't' -> in.get() != 0 ? "true" : "false";
            case 'b' -> Byte.toString(in.get());
            case 'B' -> value('o');
            case 's' -> Short.toString(in.getShort());
            case 'u' -> value('s');
            case 'I' -> Integer.toString(in.getInt());
            case 'i' -> value('l');
            case 'l' -> value('L');
            case 'T' -> "time " + in.getLong();
            case 'f' -> Float.toString(in.getFloat());
            case 'd' -> Double.toString(in.getDouble());
            case 'D' -> in.getInt() + "e-" + in.get();
            case 'S' -> value('X');
            case 'x' -> "octets " + value('X');
            case 'F' -> table();
            case 'A' -> array();
            case 'V' -> "void";
            default -> throw new IllegalArgumentException("field type " + type);
        };
    }
}
