package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.impl.buffer.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Walks the arguments of one method in place. Every step checks its bounds: a step beyond the end throws
 * {@link AmqpException} with 502 (SYNTAX_ERROR). One walker serves a whole session; {@link #reset} starts it anew.
 */
public final class ArgumentReader {

    private ByteBuffer in = ByteBuffer.allocate(0);
    private int at;
    private int end;
    private int methodId;

    /** Starts at the arguments of the method frame at this offset, which lies in the buffer as a whole. */
    public ArgumentReader reset(ByteBuffer buffer, int frameAt) {
        in = buffer;
        at = frameAt + Frame.PAYLOAD_OFFSET + 4;
        end = frameAt + Frame.PAYLOAD_OFFSET + (int) Frame.size(buffer, frameAt);
        methodId = Frame.methodId(buffer, frameAt);
        return this;
    }

    /** Checks that all arguments are there, well formed, and nothing else. */
    public static void check(ByteBuffer in, int frameAt, Method method) throws AmqpException {
        int end = frameAt + Frame.PAYLOAD_OFFSET + (int) Frame.size(in, frameAt);
        int at = frameAt + Frame.PAYLOAD_OFFSET + 4;
        String types = method.arguments();
        for (int i = 0; i < types.length(); i++) {
            at = skip(in, at, end, types.charAt(i));
            if (at < 0) {
                throw malformed(method.id());
            }
        }
        if (at != end) {
            throw malformed(method.id());
        }
    }

    /** Whether all arguments are there, and nothing else, whatever their field tables contain. */
    public static boolean isComplete(ByteBuffer in, int frameAt, Method method) {
        int end = frameAt + Frame.PAYLOAD_OFFSET + (int) Frame.size(in, frameAt);
        int at = frameAt + Frame.PAYLOAD_OFFSET + 4;
        String types = method.arguments();
        for (int i = 0; i < types.length() && at >= 0; i++) {
            char type = types.charAt(i);
            at = skip(in, at, end, type == 'T' ? 'X' : type);
        }
        return at == end;
    }

    /** Whether all short strings among arguments that passed {@link #check} are text in UTF-8. */
    public static boolean isText(ByteBuffer in, int frameAt, Method method) {
        int end = frameAt + Frame.PAYLOAD_OFFSET + (int) Frame.size(in, frameAt);
        int at = frameAt + Frame.PAYLOAD_OFFSET + 4;
        String types = method.arguments();
        for (int i = 0; i < types.length(); i++) {
            int next = skip(in, at, end, types.charAt(i));
            if (types.charAt(i) == 'S' && !Utf8.isText(in, at + 1, next)) {
                return false;
            }
            at = next;
        }
        return true;
    }

    /** The offset after the argument, or -1 where it does not fit or is malformed. */
    static int skip(ByteBuffer in, int at, int end, char type) {
        int next;
        switch (type) {
            case 'o', 'B' -> next = at + 1;
            case 's' -> next = at + 2;
            case 'l' -> next = at + 4;
            case 'L' -> next = at + 8;
            case 'S' -> {
                if (at >= end) {
                    return -1;
                }
                next = at + 1 + (in.get(at) & 0xFF);
            }
            case 'X' -> {
                if (end - at < 4) {
                    return -1;
                }
                long length = in.getInt(at) & 0xFFFF_FFFFL;
                if (length > end - at - 4) {
                    return -1;
                }
                next = at + 4 + (int) length;
            }
            case 'T' -> next = FieldTable.skip(in, at, end);
            default -> throw new IllegalArgumentException("argument type " + type);
        }
        return next > end ? -1 : next;
    }

    public int octet() throws AmqpException {
        need(1);
        return in.get(at++) & 0xFF;
    }

    public int shortInt() throws AmqpException {
        need(2);
        at += 2;
        return in.getShort(at - 2) & 0xFFFF;
    }

    public int longInt() throws AmqpException {
        need(4);
        at += 4;
        return in.getInt(at - 4);
    }

    public long longLong() throws AmqpException {
        need(8);
        at += 8;
        return in.getLong(at - 8);
    }

    public String shortString() throws AmqpException {
        int length = octet();
        need(length);
        at += length;
        return FieldTable.string(in, at - length, length);
    }

    /** Steps over a short string and answers its length. */
    public int skipShortString() throws AmqpException {
        int length = octet();
        need(length);
        at += length;
        return length;
    }

    public byte[] longString() throws AmqpException {
        int length = longInt();
        need(length);
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        at += length;
        return bytes;
    }

    public String longText() throws AmqpException {
        return new String(longString(), StandardCharsets.UTF_8);
    }

    public java.util.Map<String, Object> table() throws AmqpException {
        int next = FieldTable.skip(in, at, end);
        if (next < 0) {
            throw malformed(methodId);
        }
        java.util.Map<String, Object> table = FieldTable.read(in, at);
        at = next;
        return table;
    }

    /** Steps over a table and answers where it begins. */
    public int skipTable() throws AmqpException {
        int begin = at;
        at = FieldTable.skip(in, at, end);
        if (at < 0) {
            throw malformed(methodId);
        }
        return begin;
    }

    /** Where the next argument begins. */
    public int position() {
        return at;
    }

    /** Where the arguments end. */
    public int end() {
        return end;
    }

    private void need(int octets) throws AmqpException {
        if (octets < 0 || octets > end - at) {
            throw malformed(methodId);
        }
    }

    private static AmqpException malformed(int methodId) {
        Method method = Method.of(methodId);
        return AmqpException.connection(
                ReplyCode.SYNTAX_ERROR, "malformed arguments of " + (method == null ? "a method" : method), methodId);
    }
}
