package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.amqproxy.impl.amqp10.Wire10;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What fuzzing of AMQP 1.0 begins with: what clients and brokers say in order, in the form that each target takes. */
final class FuzzSeeds10 {

    private static final byte[] NONE = {};
    private static final Object ME = Wire10.composite(0x28, "me");
    private static final byte[] BEGIN = Wire10.frame(0, 0x11, NONE, null, 0, 100, 100);
    private static final byte[] ATTACH = Wire10.frame(
            0, 0x12, NONE, "s", 2, false, (byte) 2, (byte) 0, ME, Wire10.composite(0x29, "q", 0), null, null, 0);
    private static final byte[] RECEIVER = Wire10.frame(
            0,
            0x12,
            NONE,
            "r",
            3,
            true,
            null,
            null,
            Wire10.composite(0x28, "q", 0, null, 0, false),
            Wire10.composite(0x29));
    private static final byte[] FLOW = Wire10.frame(0, 0x13, NONE, 0, 100, 0, 100, 1, 0, 10, 0, true, false);
    private static final byte[] MESSAGE = {0, 0x53, 0x70, 0x45, 0, 0x53, 0x75, (byte) 0xA0, 1, 'm'};
    private static final byte[] TRANSFER = Wire10.frame(0, 0x14, MESSAGE, 0, 0, new byte[] {1}, 0, false);
    private static final byte[] PART = Wire10.frame(0, 0x14, MESSAGE, 0, 1, new byte[] {2}, 0, true, true);
    private static final byte[] REST = Wire10.frame(0, 0x14, MESSAGE, 0, null, null, null, true, false);
    private static final byte[] DISPOSITION = Wire10.frame(0, 0x15, NONE, true, 0, 5, true, Wire10.composite(0x24));
    private static final byte[] DETACH =
            Wire10.frame(0, 0x16, NONE, 0, true, Wire10.composite(0x1D, new Wire10.Symbol("amqp:not-found"), "no"));
    private static final byte[] END = Wire10.frame(0, 0x17, NONE);
    private static final byte[] CLOSE = Wire10.frame(0, 0x18, NONE);

    private FuzzSeeds10() {}

    static Map<String, byte[]> codec() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        List<byte[]> frames = List.of(BEGIN, ATTACH, RECEIVER, FLOW, TRANSFER, DISPOSITION, DETACH, CLOSE);
        for (byte[] frame : frames) {
            byte[] body = java.util.Arrays.copyOfRange(frame, 8, frame.length);
            seeds.put("performative-" + (body[2] & 0xFF), join(new byte[] {0, 0}, body));
            seeds.put("value-" + (body[2] & 0xFF), join(new byte[] {1, 0}, body));
        }
        seeds.put("message", join(new byte[] {2, 3}, MESSAGE));
        byte[] properties = Wire10.encode(Wire10.composite(0x73, "id", "me".getBytes(ISO_8859_1), "to", "subject"));
        byte[] annotations = Wire10.encode(new Wire10.Described(0x72L, Map.of(new Wire10.Symbol("x-opt"), "a")));
        seeds.put("properties", join(new byte[] {2, 5}, annotations, properties, MESSAGE));
        return seeds;
    }

    static Map<String, byte[]> clients() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        byte[] handshake = TestClient10.handshake("guest", "c", 65_536);
        seeds.put("handshake", Pieces10.of(0, handshake, BEGIN, CLOSE));
        seeds.put("sender", Pieces10.of(0, handshake, BEGIN, ATTACH, END, CLOSE));
        seeds.put("sends", Pieces10.of(1, TRANSFER, PART, REST, DISPOSITION, DETACH, END, CLOSE));
        seeds.put("receives", Pieces10.of(1, RECEIVER, FLOW, TRANSFER, DISPOSITION, END, BEGIN, ATTACH));
        seeds.put("artemis", Pieces10.of(3, TRANSFER, PART, REST, ATTACH, DETACH));
        seeds.put("qpid", Pieces10.of(5, PART, REST, TRANSFER, ATTACH, ATTACH));
        seeds.put("unanswered", Pieces10.of(9, TRANSFER, TRANSFER, DISPOSITION, END));
        return seeds;
    }

    static Map<String, byte[]> upstreams() {
        Map<String, byte[]> seeds = new LinkedHashMap<>();
        byte[] mechanisms = Wire10.frame(0, 0x40, NONE, new Wire10.Symbol("PLAIN"));
        byte[] outcome = Wire10.frame(0, 0x44, NONE, (byte) 0);
        byte[] open = Wire10.frame(0, 0x10, NONE, "b", null, 65_536, (short) 63);
        byte[] begin = Wire10.frame(0, 0x11, NONE, (short) 0, 0, 100, 100, 255);
        seeds.put("greeting", Pieces10.of(0, Stream10.SASL, mechanisms, outcome, Stream10.AMQP, open, begin, CLOSE));
        seeds.put(
                "delivers", Pieces10.of(1, onBroker(TRANSFER), onBroker(PART), onBroker(REST), onBroker(DISPOSITION)));
        seeds.put("ends", Pieces10.of(1, onBroker(FLOW), onBroker(DETACH), onBroker(END), CLOSE));
        return seeds;
    }

    /** The channel and handle that the scripted broker has. */
    private static byte[] onBroker(byte[] frame) {
        byte[] other = frame.clone();
        other[7] = 100;
        return other;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
