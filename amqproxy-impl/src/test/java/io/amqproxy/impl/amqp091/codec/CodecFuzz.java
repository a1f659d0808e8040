package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.testkit.FuzzInput;
import io.amqproxy.testkit.JavaClientCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Any octets as arguments, field tables, content headers and whole messages. What the codec takes, the RabbitMQ Java
 * client has to read as the same, to the last octet; what is around a frame has no part in it; what is written again is
 * read as before; and nothing is thrown but what is declared.
 */
public final class CodecFuzz {

    /** How much lies around a frame, so that reading beyond it finds something. */
    private static final int AROUND = 300;

    private static final int CHANNEL = 1;
    private static final int FRAME_MAX = 4096;

    private CodecFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        FuzzInput input = new FuzzInput(data);
        switch (input.below(5)) {
            case 0 -> table(input.rest());
            case 1 -> method(input.oneOf(Method.values()), input.rest());
            case 2 -> header(input.rest());
            case 3 -> message(input.rest(), true);
            default -> message(input.rest(), false);
        }
    }

    // Field tables.

    private static void table(byte[] pairs) {
        byte[] table = ByteBuffer.allocate(4 + pairs.length)
                .putInt(pairs.length)
                .put(pairs)
                .array();
        ByteBuffer alone = ByteBuffer.wrap(table);
        boolean accepted = FieldTable.skip(alone, 0, table.length) == table.length;
        check(accepted
                == (FieldTable.skip(between(table, 0xFF), AROUND, AROUND + table.length) == AROUND + table.length));
        if (!accepted) {
            return;
        }
        Map<String, Object> ours = FieldTable.read(alone, 0);
        check(ours.equals(FieldTable.read(between(table, 0xFF), AROUND)));
        Map<String, Object> theirs = JavaClientCodec.table(table);
        check(JavaClientCodec.same(theirs, ours), () -> ours + " is to the Java client " + theirs);
        for (String name : theirs.keySet()) {
            FieldTable.octets(alone, 0, name);
        }
        if (JavaClientCodec.hasTextsOnly(ours)) {
            writeAgain(ours);
        }
        byte[] written = JavaClientCodec.written(theirs);
        check(FieldTable.skip(ByteBuffer.wrap(written), 0, written.length) == written.length);
        check(JavaClientCodec.same(JavaClientCodec.table(written), FieldTable.read(ByteBuffer.wrap(written), 0)));
    }

    private static void writeAgain(Map<String, Object> table) {
        ByteBuffer out = ByteBuffer.allocate(1 << 16);
        FieldTable.write(out, table);
        check(FieldTable.skip(out, 0, out.position()) == out.position());
        Map<String, Object> again = FieldTable.read(out, 0);
        ByteBuffer second = ByteBuffer.allocate(1 << 16);
        FieldTable.write(second, again);
        check(out.flip().equals(second.flip()));
    }

    // Methods.

    private static void method(Method method, byte[] arguments) {
        byte[] payload = ByteBuffer.allocate(4 + arguments.length)
                .putInt(method.id())
                .put(arguments)
                .array();
        boolean accepted = isAccepted(around(Frame.METHOD, payload, 0), method);
        check(accepted == isAccepted(around(Frame.METHOD, payload, 0xFF), method));
        check(accepted == isAccepted(ByteBuffer.wrap(frame(Frame.METHOD, payload)), 0, method));
        if (accepted) {
            check(JavaClientCodec.method(payload) == method.id());
            check(ArgumentReader.isComplete(around(Frame.METHOD, payload, 0), AROUND, method));
            compare(method.arguments(), payload, JavaClientCodec.arguments(method.arguments(), arguments));
        } else {
            walk(method.arguments(), payload);
        }
    }

    private static boolean isAccepted(ByteBuffer in, Method method) {
        return isAccepted(in, AROUND, method);
    }

    private static boolean isAccepted(ByteBuffer in, int at, Method method) {
        try {
            ArgumentReader.check(in, at, method);
            return true;
        } catch (AmqpException malformed) {
            return false;
        }
    }

    private static void compare(String types, byte[] payload, List<Object> theirs) {
        ArgumentReader ours = new ArgumentReader().reset(around(Frame.METHOD, payload, 0xFF), AROUND);
        try {
            for (int i = 0; i < types.length(); i++) {
                Object value = read(ours, types.charAt(i));
                check(
                        types.charAt(i) == 'X'
                                ? theirs.get(i).toString().equals(value)
                                : JavaClientCodec.same(theirs.get(i), value),
                        () -> theirs + " is " + value);
            }
        } catch (AmqpException e) {
            throw new AssertionError("what was accepted is not read", e);
        }
        check(ours.position() == ours.end());
    }

    /** Sessions read arguments of brokers, and of clients before log-in, without having checked them as a whole. */
    private static void walk(String types, byte[] payload) {
        ArgumentReader arguments = new ArgumentReader().reset(ByteBuffer.wrap(frame(Frame.METHOD, payload)), 0);
        try {
            for (int i = 0; i < types.length(); i++) {
                read(arguments, types.charAt(i));
                check(arguments.position() <= arguments.end());
            }
        } catch (AmqpException malformed) {
            check(malformed.code() == ReplyCode.SYNTAX_ERROR.code());
        }
    }

    private static Object read(ArgumentReader arguments, char type) throws AmqpException {
        return switch (type) {
            case 'o', 'B' -> arguments.octet();
            case 's' -> arguments.shortInt();
            case 'l' -> arguments.longInt();
            case 'L' -> arguments.longLong();
            case 'S' -> arguments.shortString();
            case 'X' -> arguments.longText();
            case 'T' -> arguments.table();
            default -> throw new AssertionError("argument type " + type);
        };
    }

    // Content headers.

    private static void header(byte[] rest) {
        byte[] payload = Arrays.copyOf(rest, Math.max(rest.length, Frame.MIN_HEADER_PAYLOAD));
        long size = sizeOfBody(around(Frame.HEADER, payload, 0), AROUND);
        check(size == sizeOfBody(around(Frame.HEADER, payload, 0xFF), AROUND));
        check(size == sizeOfBody(ByteBuffer.wrap(frame(Frame.HEADER, payload)), 0));
        if (size >= 0 && JavaClientCodec.hasKnownFlagsOnly(payload)) {
            check(JavaClientCodec.header(payload).getBodySize() == size);
        }
    }

    private static long sizeOfBody(ByteBuffer in, int at) {
        try {
            long size = ContentHeader.check(in, at);
            check(size >= 0);
            return size;
        } catch (AmqpException malformed) {
            return -1;
        }
    }

    // Whole messages.

    private static void message(byte[] stream, boolean publish) {
        int end = messageEnd(ByteBuffer.wrap(stream), 0, stream.length, publish);
        int within = messageEnd(between(stream, 0xFF), AROUND, AROUND + stream.length, publish);
        check(end == (within == WholeMessage.NONE ? within : within - AROUND));
        if (end == WholeMessage.NONE) {
            return;
        }
        int at = WholeMessage.nextFrame(ByteBuffer.wrap(stream), 0);
        byte[] method = frameAt(stream, 0);
        Method expected = publish ? Method.BASIC_PUBLISH : Method.BASIC_DELIVER;
        check(JavaClientCodec.method(payload(method)) == expected.id());
        byte[] header = frameAt(stream, at);
        JavaClientCodec.check(header);
        long missing = ByteBuffer.wrap(header).getLong(Frame.BODY_SIZE_OFFSET);
        for (at += header.length; missing > 0; ) {
            byte[] body = frameAt(stream, at);
            check(body[0] == Frame.BODY);
            missing -= body.length - Frame.OVERHEAD;
            at += body.length;
        }
        check(missing == 0 && at == end);
        patch(stream, end);
    }

    private static int messageEnd(ByteBuffer in, int at, int limit, boolean publish) {
        return publish
                ? WholeMessage.publishEnd(in, at, limit, CHANNEL, FRAME_MAX, FRAME_MAX)
                : WholeMessage.deliveryEnd(in, at, limit, CHANNEL, FRAME_MAX);
    }

    /** A frame on the channel, of a size that may be, cut out of a stream. */
    private static byte[] frameAt(byte[] stream, int at) {
        ByteBuffer in = ByteBuffer.wrap(stream);
        long length = Frame.size(in, at) + Frame.OVERHEAD;
        check(length <= Math.min(stream.length - at, FRAME_MAX) && Frame.channel(in, at) == CHANNEL);
        byte[] frame = Arrays.copyOfRange(stream, at, at + (int) length);
        check(frame[frame.length - 1] == Frame.END);
        return frame;
    }

    /** Another channel is put into the frames and nowhere else. */
    private static void patch(byte[] stream, int end) {
        byte[] patched = stream.clone();
        WholeMessage.patchChannel(ByteBuffer.wrap(patched), 0, end, 0x0203);
        ByteBuffer in = ByteBuffer.wrap(patched);
        for (int at = 0; at < end; at = WholeMessage.nextFrame(in, at)) {
            check(Frame.channel(in, at) == 0x0203);
            Frame.patchChannel(in, at, CHANNEL);
        }
        check(Arrays.equals(patched, stream));
    }

    // Octets.

    private static byte[] frame(int type, byte[] payload) {
        return ByteBuffer.allocate(Frame.OVERHEAD + payload.length)
                .put((byte) type)
                .putShort((short) CHANNEL)
                .putInt(payload.length)
                .put(payload)
                .put(Frame.END)
                .array();
    }

    private static byte[] payload(byte[] frame) {
        return Arrays.copyOfRange(frame, Frame.PAYLOAD_OFFSET, frame.length - 1);
    }

    private static ByteBuffer around(int type, byte[] payload, int filling) {
        return between(frame(type, payload), filling);
    }

    private static ByteBuffer between(byte[] octets, int filling) {
        byte[] all = new byte[octets.length + 2 * AROUND];
        Arrays.fill(all, (byte) filling);
        System.arraycopy(octets, 0, all, AROUND, octets.length);
        return ByteBuffer.wrap(all);
    }

    private static void check(boolean holds) {
        check(holds, () -> "the codec is of two minds");
    }

    private static void check(boolean holds, java.util.function.Supplier<String> what) {
        if (!holds) {
            throw new AssertionError(what.get());
        }
    }
}
