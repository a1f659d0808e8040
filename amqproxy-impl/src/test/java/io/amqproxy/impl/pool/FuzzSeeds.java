package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.ClientFuzz.Step;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What fuzzing begins with: sessions that are in order, in the form that each target takes. {@link FuzzTest} writes
 * them to the corpus.
 */
final class FuzzSeeds {

    private static final int JOBS = FuzzedFrames.NAMES.indexOf("jobs");
    private static final int TAG = FuzzedFrames.NAMES.indexOf("tag");
    private static final int OWN = FuzzedFrames.NAMES.indexOf("own");
    private static final int LONG = 400;
    private static final int EXCLUSIVE = 1 << 2;

    private FuzzSeeds() {}

    /** Inputs by their names, for one target. */
    static Map<String, byte[]> of(Class<?> target) {
        return switch (target.getSimpleName()) {
            case "CodecFuzz" -> codec();
            case "ProxyHeaderFuzz" -> proxyHeaders();
            case "LoginFuzz" -> logins();
            case "FramesFuzz" -> frames();
            case "ClientFuzz" -> clients();
            case "UpstreamFuzz" -> upstreams();
            case "Codec10Fuzz" -> FuzzSeeds10.codec();
            case "Client10Fuzz" -> FuzzSeeds10.clients();
            case "Upstream10Fuzz" -> FuzzSeeds10.upstreams();
            default -> throw new IllegalArgumentException(target.getName());
        };
    }

    // The codec.

    private static Map<String, byte[]> codec() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        byte[] table = {
            1, 'k', 'S', 0, 0, 0, 1, 'v', 1, 'f', 't', 1, 1, 't', 'F', 0, 0, 0, 7, 1, 'n', 'I', 0, 0, 0, 9, 1, 'l', 'A',
            0, 0, 0, 2, 'b', 1
        };
        seeds.put("table", octets(0, table));
        byte[] declare = payload(FuzzedFrames.method(1, Method.QUEUE_DECLARE, program(0, JOBS, 0, 1)));
        seeds.put("method", octets(1, Method.QUEUE_DECLARE, Arrays.copyOfRange(declare, 4, declare.length)));
        byte[] publish = recorded(Method.BASIC_PUBLISH);
        int headerAt = Frame.OVERHEAD + payload(publish).length;
        seeds.put("header", octets(2, payload(Arrays.copyOfRange(publish, headerAt, publish.length))));
        seeds.put("publish", octets(3, publish));
        byte[] deliver = Frames.method(
                1,
                Method.BASIC_DELIVER,
                writer -> writer.shortString("tag")
                        .longLong(1)
                        .octet(0)
                        .shortString("")
                        .shortString("jobs"));
        seeds.put("deliver", octets(4, deliver, Arrays.copyOfRange(publish, headerAt, publish.length)));
        return seeds;
    }

    private static io.amqproxy.testkit.FuzzInput program(Object... parts) {
        return new io.amqproxy.testkit.FuzzInput(octets(parts));
    }

    private static byte[] payload(byte[] frames) {
        int size = java.nio.ByteBuffer.wrap(frames).getInt(Frame.SIZE_OFFSET);
        return Arrays.copyOfRange(frames, Frame.PAYLOAD_OFFSET, Frame.PAYLOAD_OFFSET + size);
    }

    /** From the first such method of the recorded session on, two more frames. */
    private static byte[] recorded(Method method) {
        byte[] session = RecordedSession.bytes();
        java.nio.ByteBuffer in = java.nio.ByteBuffer.wrap(session);
        int at = Frames.HEADER.length;
        while (Frame.methodId(in, at) != method.id()) {
            at += Frame.OVERHEAD + (int) Frame.size(in, at);
        }
        int end = at;
        for (int i = 0; i < 3; i++) {
            end += Frame.OVERHEAD + (int) Frame.size(in, end);
        }
        return Arrays.copyOfRange(session, at, end);
    }

    private static Map<String, byte[]> proxyHeaders() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        seeds.put("v1-tcp4", octets(5, "PROXY TCP4 192.0.2.1 192.0.2.2 4711 5672\r\nAMQP".getBytes(ISO_8859_1)));
        seeds.put("v1-tcp6", octets(5, "PROXY TCP6 2001:db8::1 ::ffff:192.0.2.2 4711 5672\r\n".getBytes(ISO_8859_1)));
        seeds.put("v1-unknown", octets(5, "PROXY UNKNOWN\r\n".getBytes(ISO_8859_1)));
        String signature = "0d0a0d0a000d0a515549540a";
        seeds.put("v2-tcp4", octets(7, hex(signature + "2111000cc0000201c0000202126716280000")));
        seeds.put("v2-tcp6", octets(7, hex(signature + "21210024" + "20010db8".repeat(8) + "12671628")));
        seeds.put("v2-local", octets(7, hex(signature + "20000000")));
        return seeds;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    // Streams of octets.

    private static Map<String, byte[]> logins() {
        byte[] session = RecordedSession.bytes();
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        seeds.put("whole", octets(0, 0, session));
        seeds.put(
                "in-steps",
                octets(0, 6, cut(8, 1), cut(100, 0), cut(180, 1), cut(280, 1), cut(300, 3), cut(400, 1), session));
        seeds.put("slowly", octets(1, 3, cut(8, 2 + 4 * 5), cut(60, 2 + 4 * 9), cut(150, 2 + 4 * 30), session));
        return seeds;
    }

    private static byte[] cut(int at, int what) {
        return octets(at >> 8, at & 0xFF, what);
    }

    private static Map<String, byte[]> frames() {
        byte[] session = RecordedSession.bytes();
        java.nio.ByteBuffer in = java.nio.ByteBuffer.wrap(session);
        int at = Frames.HEADER.length;
        for (int i = 0; i < 4; i++) {
            at += Frame.OVERHEAD + (int) Frame.size(in, at);
        }
        byte[] rest = Arrays.copyOfRange(session, at, session.length);
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        seeds.put("whole", octets(8, 0, rest));
        seeds.put("in-pieces", octets(8 + 32, 4, cut(20, 0), cut(130, 0), cut(150, 1), cut(250, 3), rest));
        seeds.put("small-frames", octets(1 + 16, 2, cut(140, 2 + 4 * 15), cut(200, 0), rest));
        byte[] large = Frames.publish(1, "", "jobs", true, new byte[6000], Frame.MIN_FRAME_MAX);
        seeds.put("large", octets(1 + 8 + 16, 3, cut(100, 0), cut(3000, 0), cut(5000, 1), large));
        return seeds;
    }

    // Programs.

    private static Map<String, byte[]> clients() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        byte[] declare = octets(Step.DECLARE, 0, 0, JOBS, 0, 1);
        byte[] publish = octets(Step.PUBLISH, 0, 0, JOBS, 0, 2, 0, 1, 0);
        byte[] large = octets(Step.PUBLISH, 0, 0, JOBS, 1, 6, 0, 0, 0);
        byte[] consume = octets(Step.CONSUME, 0, 0, JOBS, TAG, 0, 0);
        byte[] open = octets(Step.OPEN_CHANNEL, 0);
        byte[] ack = octets(Step.ACK, 0, 1, 1);
        byte[] leave = octets(Step.RUN, Step.CLOSE_CHANNEL, 0, Step.CLOSE, Step.RUN);
        seeds.put("confirms", octets(0, open, Step.SELECT, 0, publish, publish, Step.RUN, Step.BEAT, leave));
        seeds.put("consumer", octets(0, open, declare, publish, consume, Step.RUN, ack, Step.BEAT, leave));
        seeds.put("get", octets(2, open, publish, Step.GET, 0, 0, JOBS, 0, Step.RUN, ack, Step.VANISH, 0));
        seeds.put("large", octets(1, open, large, Step.ARRIVE, 255, 255, Step.ARRIVE, 100, 100, Step.RUN, leave));
        seeds.put("exclusive", octets(0, open, Step.DECLARE, 0, 0, OWN, EXCLUSIVE, 0, Step.RUN, Step.VANISH, 0));
        seeds.put("exclusive-unanswered", octets(0, open, Step.DECLARE, 0, 0, OWN, EXCLUSIVE, 0, Step.VANISH, 0));
        seeds.put(
                "two-clients",
                octets(
                        0,
                        open,
                        declare,
                        Step.OTHER_CLIENT,
                        open,
                        consume,
                        Step.OTHER_CLIENT,
                        publish,
                        Step.RUN,
                        leave));
        seeds.put("slow-reader", octets(2, open, consume, Step.RUN, Step.CLOG, Step.BROKER_GETS_MESSAGE, 6, Step.BEAT));
        seeds.put(
                "slow-broker",
                octets(0, open, Step.BROKER_WAITS, publish, Step.RUN, Step.VANISH, 0, Step.BROKER_WORKS, 0, Step.RUN));
        seeds.put(
                "transaction",
                octets(0, open, Step.METHOD, 0, Method.TX_SELECT, publish, Step.METHOD, 0, Method.TX_COMMIT, leave));
        seeds.put(
                "broker-closes",
                octets(0, open, publish, Step.RUN, Step.BROKER_CLOSES_CHANNEL, 0, publish, Step.RUN, leave));
        seeds.put("all-in-turn", inTurn(seeds));
        return seeds;
    }

    private static Map<String, byte[]> upstreams() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        byte[] greeting = octets(
                UpstreamFuzz.Step.GREETING,
                0,
                UpstreamFuzz.Step.RUN,
                UpstreamFuzz.Step.GREETING,
                1,
                0,
                0,
                0,
                UpstreamFuzz.Step.RUN,
                UpstreamFuzz.Step.GREETING,
                2,
                UpstreamFuzz.Step.RUN);
        byte[] confirm = octets(UpstreamFuzz.Step.CONFIRM, 0, 3, 0);
        byte[] delivery = octets(UpstreamFuzz.Step.DELIVERY, 0, 0, 3, 2, 0, 1, 0);
        seeds.put("greeting", octets(1, greeting, UpstreamFuzz.Step.BEAT));
        seeds.put("confirm", octets(0, confirm, UpstreamFuzz.Step.RUN));
        seeds.put("delivery", octets(0, delivery, UpstreamFuzz.Step.RUN, UpstreamFuzz.Step.BEAT));
        seeds.put("pieces", octets(2, delivery, UpstreamFuzz.Step.ARRIVE, 5, 9, UpstreamFuzz.Step.CLIENT_VANISHES, 0));
        seeds.put("closes", octets(4, delivery, UpstreamFuzz.Step.CLOSE, 3, 0, 0, UpstreamFuzz.Step.RUN));
        seeds.put("closes-channel", octets(4, UpstreamFuzz.Step.CLOSE, 0, 1, 0, UpstreamFuzz.Step.CLIENT_PUBLISH, 0));
        seeds.put("gone", octets(8, UpstreamFuzz.Step.DROP, UpstreamFuzz.Step.RUN, UpstreamFuzz.Step.CLIENT_COMES));
        seeds.put("all-in-turn", inTurn(seeds));
        return seeds;
    }

    /** All programs one after the other, some times: Jazzer's inputs get longer but slowly where it has no long one. */
    private static byte[] inTurn(Map<String, byte[]> programs) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        while (out.size() < LONG) {
            for (byte[] program : programs.values()) {
                out.write(program, 1, program.length - 1);
            }
        }
        return out.toByteArray();
    }

    /** Joins octets, arrays of them, and the numbers of steps. */
    private static byte[] octets(Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object part : List.of(parts)) {
            if (part instanceof byte[] bytes) {
                out.writeBytes(bytes);
            } else if (part instanceof Enum<?> step) {
                out.write(List.of(step.getDeclaringClass().getEnumConstants()).indexOf(step));
            } else if (part instanceof Integer octet) {
                out.write(octet);
            } else {
                throw new IllegalArgumentException(part.getClass().getName());
            }
        }
        return out.toByteArray();
    }
}
