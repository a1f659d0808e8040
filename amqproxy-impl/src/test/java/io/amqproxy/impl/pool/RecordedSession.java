package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What an orderly client says in a session, and when it waits for answers. */
final class RecordedSession {

    private static final byte[] BODY = "a message".getBytes(UTF_8);

    /** What is said in one go, in order; the client waits for the answers after each. */
    private static final List<byte[]> STEPS = List.of(
            join(
                    Frames.HEADER,
                    TestClient.startOk("guest", "guest", true),
                    TestClient.tuneOk(100, 128 * 1024, 0),
                    TestClient.openVhost("/")),
            join(
                    Frames.method(1, Method.CHANNEL_OPEN, writer -> writer.shortString("")),
                    Frames.method(
                            1,
                            Method.QUEUE_DECLARE,
                            writer -> writer.shortInt(0)
                                    .shortString("jobs")
                                    .octet(0)
                                    .table(Map.of("x-max-length", 1000))),
                    Frames.method(1, Method.CONFIRM_SELECT, writer -> writer.octet(0))),
            join(publish(), publish()),
            Frames.method(
                    1,
                    Method.BASIC_GET,
                    writer -> writer.shortInt(0).shortString("jobs").octet(0)),
            join(
                    ack(1),
                    Frames.method(
                            1,
                            Method.BASIC_CONSUME,
                            writer -> writer.shortInt(0)
                                    .shortString("jobs")
                                    .shortString("tag")
                                    .octet(0)
                                    .table(Map.of()))),
            ack(2),
            Frames.close(1, 200, "", 0),
            Frames.close(0, 200, "", 0));

    private RecordedSession() {}

    static byte[] bytes() {
        return join(STEPS.toArray(byte[][]::new));
    }

    /** Lets a client say bytes made of this session, with the waits of this session. */
    static void play(TestClient client, byte[] bytes) {
        int at = 0;
        for (byte[] step : STEPS) {
            int end = Math.min(bytes.length, at + step.length);
            client.write(Arrays.copyOfRange(bytes, at, end));
            client.rig.run();
            at = end;
        }
        client.write(Arrays.copyOfRange(bytes, at, bytes.length));
        client.rig.run();
    }

    private static byte[] ack(long tag) {
        return Frames.method(1, Method.BASIC_ACK, writer -> writer.longLong(tag).octet(0));
    }

    private static byte[] publish() {
        ByteBuffer header = ByteBuffer.allocate(64);
        header.putShort((short) Method.BASIC_PUBLISH.classId()).putShort((short) 0);
        header.putLong(BODY.length).putShort((short) 0xB000);
        header.put((byte) 10).put("text/plain".getBytes(UTF_8));
        // A table of a text and a truth value, then the delivery mode.
        header.putInt(12);
        header.put((byte) 1).put((byte) 'k').put((byte) 'S').putInt(1).put((byte) 'v');
        header.put((byte) 1).put((byte) 'f').put((byte) 't').put((byte) 1);
        header.put((byte) 2);
        return join(
                Frames.method(
                        1,
                        Method.BASIC_PUBLISH,
                        writer -> writer.shortInt(0)
                                .shortString("")
                                .shortString("jobs")
                                .octet(1)),
                Frames.frame(Frame.HEADER, 1, Arrays.copyOf(header.array(), header.position())),
                Frames.frame(Frame.BODY, 1, BODY));
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
