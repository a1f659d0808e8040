package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Frames of AMQP 1.0 are told the same however their bytes come. */
class FrameScanner10Test {

    private static final byte[] HEADER_10 = "AMQP\0\1\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private final ByteQueue queue = new ByteQueue(new ChunkPool());

    private void append(byte[] bytes) {
        queue.append(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    @Test
    void performativesAreToldInPartsOfAnySize() {
        append(HEADER_10);
        append(frame10(0, 0x10, new byte[] {(byte) 0xA1, 1, 'c', (byte) 0xA1, 1, 'h'}, 2, new byte[0]));
        append(new byte[] {0, 0, 0, 8, 2, 0, 0, 0});
        append(attach(3, 0, "queue"));
        append(frame10(3, 0x14, new byte[] {0x43, 0x52, 9, (byte) 0xA0, 1, 5}, 3, new byte[] {'h', 'i'}));
        append(frame10(3, 0x16, new byte[] {0x43, 0x41}, 2, new byte[0]));
        byte[] bytes = queue.toArray();
        for (int step = 1; step <= bytes.length; step++) {
            assertThat(new ToldEvents(100).scan(bytes, 0, step))
                    .as("step " + step)
                    .containsExactly(
                            "0 open{container-id=c, hostname=h}",
                            "0 heartbeat{}",
                            "3 attach{name=l, handle=0, role=false, target={address=queue}}",
                            "3 transfer{handle=0, delivery-id=9, delivery-tag=0x05, address=queue} 'hi' (2 octets)",
                            "3 detach{handle=0, closed=true}");
        }
    }

    private static byte[] attach(int channel, int handle, String address) {
        byte[] node = address.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(9 + 8 + node.length);
        all.put(new byte[] {(byte) 0xA1, 1, 'l', 0x52, (byte) handle, 0x42, 0x40, 0x40, 0x40});
        all.put(new byte[] {0, 0x53, 0x29, (byte) 0xC0, (byte) (node.length + 3), 1, (byte) 0xA1, (byte) node.length});
        all.put(node);
        return frame10(channel, 0x12, all.array(), 7, new byte[0]);
    }

    private static byte[] transfer(int handle, boolean first, String payload) {
        return transfer(handle, first, payload.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] transfer(int handle, boolean first, byte[] octets) {
        return first
                ? frame10(1, 0x14, new byte[] {0x52, (byte) handle, 0x43, (byte) 0xA0, 1, 5}, 3, octets)
                : frame10(1, 0x14, new byte[] {0x52, (byte) handle}, 1, octets);
    }

    private static byte[] more(int handle, byte[] octets) {
        return frame10(1, 0x14, new byte[] {0x52, (byte) handle, 0x43, (byte) 0xA0, 1, 5, 0x40, 0x40, 0x41}, 6, octets);
    }

    /** Durable, with an id, a subject, a property of the application and a body. */
    private static byte[] message(byte[] body) {
        byte[] head = {
            0,
            0x53,
            0x70,
            (byte) 0xC0,
            4,
            2,
            0x41,
            0x50,
            7, //
            0,
            0x53,
            0x73,
            (byte) 0xC0,
            9,
            4,
            (byte) 0xA1,
            1,
            'm',
            0x40,
            0x40,
            (byte) 0xA1,
            1,
            's', //
            0,
            0x53,
            0x74,
            (byte) 0xC1,
            7,
            2,
            (byte) 0xA1,
            1,
            'k',
            (byte) 0xA1,
            1,
            'v'
        };
        return ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .array();
    }

    private static byte[] text(String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer value = ByteBuffer.allocate(8 + octets.length).put(new byte[] {0, 0x53, 0x77, (byte) 0xB1});
        return value.putInt(octets.length).put(octets).array();
    }

    private static final String HEAD =
            "{durable=true, priority=7, message-id=m, subject=s, application-properties={k=v}}";

    @Test
    void aMessageOfAmqp10IsToldWithTheLastOfItsTransfersWhereverItIsSplit() {
        byte[] message = message(text("hello"));
        for (int split = 0; split <= message.length; split++) {
            queue.clear();
            append(HEADER_10);
            append(attach(1, 0, "queue"));
            append(more(0, Arrays.copyOf(message, split)));
            append(transfer(0, false, Arrays.copyOfRange(message, split, message.length)));
            assertThat(new ToldEvents(100).scan(queue.toArray(), 0, 1000).subList(1, 3))
                    .as("split at " + split)
                    .containsExactly(
                            "1 transfer{handle=0, delivery-id=0, delivery-tag=0x05, more=true, address=queue}",
                            "1 transfer{handle=0, address=queue} " + HEAD + " 'hello' (5 octets)");
        }
    }

    @Test
    void ofAMessageOfAmqp10NoMoreOfTheBodyIsKeptThanIsWanted() {
        for (String expected : List.of(" 'hel...' (7 octets)", " (7 octets)", " 'h...' (7 octets)")) {
            append(HEADER_10);
            append(attach(1, 0, "queue"));
            append(transfer(0, true, message(text("hello !"))));
            int wanted = expected.contains("hel") ? 3 : expected.contains("'h") ? 1 : 0;
            assertThat(new ToldEvents(wanted).scan(queue.toArray(), 0, 1000))
                    .last(STRING)
                    .endsWith(HEAD + expected);
            queue.clear();
        }
    }

    @Test
    void bodiesOfAmqp10AreTextOrTheirOctets() {
        byte[] data = {0, 0x53, 0x75, (byte) 0xA0, 2, 'h', 'i', 0, 0x53, 0x75, (byte) 0xA0, 1, '!'};
        byte[] map = {0, 0x53, 0x77, (byte) 0xC1, 6, 2, (byte) 0xA1, 1, 'k', 0x54, 5};
        byte[] sequence = {0, 0x53, 0x76, (byte) 0xC0, 3, 2, 0x41, 0x40};
        byte[] cutOff = {0, 0x53, 0x75, (byte) 0xB0, 0, 0, 1, 0, 'x'};
        append(HEADER_10);
        append(attach(1, 0, "queue"));
        for (byte[] body : List.of(data, map, sequence, cutOff)) {
            append(transfer(0, true, message(body)));
        }
        List<String> told = new ToldEvents(100).scan(queue.toArray(), 0, 7);
        assertThat(told.get(1)).endsWith(HEAD + " 'hi!' (3 octets)");
        assertThat(told.get(2)).endsWith(HEAD + " '{k=5}' (5 octets)");
        assertThat(told.get(3)).endsWith(HEAD + " '[true, null]' (12 octets)");
        assertThat(told.get(4)).endsWith(HEAD + " 'x...' (256 octets)");
    }

    @Test
    void whatIsAbortedIsForgotten() {
        append(HEADER_10);
        append(attach(1, 0, "queue"));
        append(more(0, message(text("aborted"))));
        byte[] aborted = {0x43, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x41};
        append(frame10(1, 0x14, aborted, 10, new byte[0]));
        append(transfer(0, true, message(text("sent"))));
        assertThat(new ToldEvents(100).scan(queue.toArray(), 0, 1000))
                .last(STRING)
                .endsWith(HEAD + " 'sent' (4 octets)");
    }

    @Test
    void incompleteMessagesOfManyLinksTakeNoMoreThanABoundTogether() {
        ToldEvents told = new ToldEvents(100_000);
        append(HEADER_10);
        byte[] half = Arrays.copyOf(message(text("x".repeat(90_000))), 80_000);
        for (int handle = 1; handle <= 100; handle++) {
            append(attach(1, handle, "queue"));
            append(more(handle, half));
        }
        for (int handle = 1; handle <= 100; handle++) {
            append(transfer(handle, false, new byte[0]));
        }
        append(transfer(1, true, message(text("y".repeat(99_000)))));
        told.scan(queue.toArray(), 0, 4096);
        assertThat(told.bodies).hasSize(101).last().isEqualTo(99_000);
        assertThat(told.bodies.stream().mapToInt(Integer::intValue).sum() - 99_000)
                .isBetween(900_000, 1024 * 1024);
    }

    @Test
    void whatBecameOfDeliveriesIsToldByItsName() {
        append(HEADER_10);
        byte[] accepted = {0x41, 0x43, 0x40, 0x41, 0, 0x53, 0x24, 0x45};
        append(frame10(1, 0x15, accepted, 5, new byte[0]));
        byte[] rejected = {
            0x41,
            0x43,
            0x40,
            0x41,
            0,
            0x53,
            0x25,
            (byte) 0xC0,
            11,
            1, //
            0,
            0x53,
            0x1D,
            (byte) 0xC0,
            5,
            1,
            (byte) 0xA3,
            2,
            'a',
            'b'
        };
        append(frame10(1, 0x15, rejected, 5, new byte[0]));
        assertThat(new ToldEvents(100).scan(queue.toArray(), 0, 1000))
                .containsExactly(
                        "1 disposition{role=true, first=0, settled=true, state=accepted}",
                        "1 disposition{role=true, first=0, settled=true, state={rejected={error={condition=ab}}}}");
    }

    @Test
    void tokensForClaimsAreLeftOutInPiecesTooAndWhatMayBeSome() {
        append(HEADER_10);
        append(attach(1, 0, "$cbs"));
        append(attach(1, 2, "queue"));
        append(transfer(0, true, "put-token SECRET-1"));
        append(transfer(0, false, "SECRET-2"));
        append(transfer(2, true, "shown"));
        append(transfer(3, true, "SECRET-3 of a link that was there before"));
        append(frame10(1, 0x16, new byte[] {0x52, 2, 0x41}, 2, new byte[0]));
        append(transfer(2, true, "SECRET-4 of a link that is gone"));
        List<String> told = new ToldEvents(100).scan(queue.toArray(), 0, 1000);
        assertThat(told).hasSize(8).noneSatisfy(line -> assertThat(line).contains("SECRET"));
        assertThat(told.get(2)).endsWith(" (18 octets)");
        assertThat(told.get(4)).contains("'shown'");
    }

    @Test
    void ofALongMessageAsMuchIsKeptAsIsWantedAndIsAskedFor() {
        ToldEvents told = new ToldEvents(300_000);
        append(HEADER_10);
        append(attach(1, 2, "queue"));
        append(transfer(2, true, "x".repeat(400_000)));
        append(transfer(2, true, "y"));
        told.scan(queue.toArray(), 0, 4096);
        assertThat(told.bodies).containsExactly(300_000, 1);
        assertThat(told.octets).last().isEqualTo(told.octets.get(told.octets.size() - 2));
    }

    @Test
    void whatAnnouncesALargeFrameTakesNoMemoryBeforeItComes() {
        ToldEvents told = new ToldEvents(16 * 1024 * 1024);
        List<FrameScanner> scanners = new ArrayList<>();
        ByteBuffer head =
                ByteBuffer.allocate(40).put(HEADER_10).putInt(64 * 1024 * 1024).put(new byte[] {2, 0, 0, 0});
        for (int i = 0; i < 10_000; i++) { // Would be 160 GB.
            FrameScanner scanner = told.scanner(false);
            scanner.scan(head, 0, 16);
            scanners.add(scanner);
        }
        assertThat(scanners).hasSize(10_000);
    }

    private static byte[] frame10(int channel, int code, byte[] fields, int count, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + fields.length + payload.length);
        frame.putInt(frame.capacity()).put((byte) 2).put((byte) 0).putShort((short) channel);
        frame.put(new byte[] {0, 0x53, (byte) code, (byte) 0xC0, (byte) (fields.length + 1), (byte) count});
        return frame.put(fields).put(payload).array();
    }
}
