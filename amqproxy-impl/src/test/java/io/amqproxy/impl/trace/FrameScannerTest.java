package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.trace.TracedMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Frames are told the same however their bytes come. */
class FrameScannerTest {

    private static final byte[] HEADER_091 = "AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] HEADER_10 = "AMQP\0\1\0\0".getBytes(StandardCharsets.ISO_8859_1);

    private final FrameWriter writer = new FrameWriter();
    private final ByteQueue queue = new ByteQueue(new ChunkPool());

    /** Writes down what it is told. */
    private static final class Told implements EventSink {
        final List<String> lines = new ArrayList<>();
        final List<Integer> bodies = new ArrayList<>();
        final List<Integer> octets = new ArrayList<>();
        final int bodyLimit;
        final Set<String> unwanted;

        Told(int bodyLimit, String... unwanted) {
            this.bodyLimit = bodyLimit;
            this.unwanted = Set.of(unwanted);
        }

        @Override
        public Object epoch() {
            return new Object(); // It is asked each time.
        }

        @Override
        public int wanted(String name, Map<String, Object> arguments) {
            return wanted(name);
        }

        @Override
        public int wanted(String name) {
            return unwanted.contains(name) ? UNWANTED : bodyLimit;
        }

        @Override
        public void tell(
                int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets) {
            this.octets.add(octets);
            if (message != null) {
                bodies.add(message.body().length);
            }
            lines.add(channel + " " + name + arguments + (message == null ? "" : " " + message));
        }

        private Decoder091 decoder091() {
            return new Decoder091(this, true, new Conversation091());
        }

        FrameScanner scanner(boolean midst) {
            return new FrameScanner(
                    header -> header.get(5) == 0 ? decoder091() : new Decoder10(this, true, new Conversation10()),
                    decoder091(),
                    midst);
        }
    }

    private static List<String> scan(Told told, byte[] bytes, int from, int step) {
        FrameScanner scanner = told.scanner(from > 0);
        for (int at = from; at < bytes.length; at += step) {
            scanner.scan(ByteBuffer.wrap(bytes), at, Math.min(bytes.length, at + step));
        }
        return told.lines;
    }

    private void publish(int channel, String key, String body, int part) {
        writer.method(channel, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString(key)
                .octet(1)
                .to(queue);
        append(new byte[] {
            2,
            0,
            (byte) channel,
            0,
            0,
            0,
            21,
            0,
            60,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            (byte) body.length(),
            (byte) 0xB0,
            0,
            1,
            'a',
            0,
            0,
            0,
            0,
            2,
            (byte) 0xCE
        });
        byte[] octets = body.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < octets.length; at += part) {
            writer.body(queue, channel, ByteBuffer.wrap(octets), at, Math.min(octets.length, at + part));
        }
    }

    private void append(byte[] bytes) {
        queue.append(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    private byte[] conversation() {
        append(HEADER_091);
        writer.method(0, Method.CONNECTION_START_OK)
                .table(Map.of("product", "test"))
                .shortString("PLAIN")
                .longString("\0guest\0secret")
                .shortString("en_US")
                .to(queue);
        writer.method(1, Method.QUEUE_DECLARE)
                .shortInt(0)
                .shortString("q")
                .octet(0b00110)
                .table(Map.of("x-max-length", 7))
                .to(queue);
        publish(1, "q", "hello world", 4);
        writer.heartbeat(queue);
        writer.method(1, Method.BASIC_ACK).longLong(5).octet(1).to(queue);
        return queue.toArray();
    }

    private static final List<String> EXPECTED = List.of(
            "0 connection.start-ok{client-properties={product=test}, mechanism=PLAIN, response=***, locale=en_US}",
            "1 queue.declare{queue=q, passive=false, durable=true, exclusive=true, auto-delete=false, no-wait=false,"
                    + " arguments={x-max-length=7}}",
            "1 basic.publish{exchange=, routing-key=q, mandatory=true, immediate=false}"
                    + " {content-type=a, headers={}, delivery-mode=2} 'hello world' (11 octets)",
            "0 heartbeat{}",
            "1 basic.ack{delivery-tag=5, multiple=true}");

    @Test
    void framesAreToldInPartsOfAnySize() {
        byte[] bytes = conversation();
        for (int step = 1; step <= bytes.length; step++) {
            assertThat(scan(new Told(100), bytes, 0, step)).as("step " + step).isEqualTo(EXPECTED);
        }
    }

    @Test
    void framesAreToldWhereverTheyAreSplitInTwo() {
        byte[] bytes = conversation();
        for (int split = 0; split <= bytes.length; split++) {
            Told told = new Told(100);
            FrameScanner scanner = told.scanner(false);
            scanner.scan(ByteBuffer.wrap(bytes), 0, split);
            scanner.scan(ByteBuffer.wrap(bytes), split, bytes.length);
            assertThat(told.lines).as("split at " + split).isEqualTo(EXPECTED);
        }
    }

    @Test
    void aScannerThatBeginsInTheMidstFindsTheNextFrame() {
        byte[] bytes = conversation();
        for (int from = 1; from < bytes.length - 21; from++) {
            List<String> told = scan(new Told(100), bytes, from, 50);
            assertThat(told).as("from " + from).endsWith(EXPECTED.get(4));
            assertThat(EXPECTED).as("from " + from).containsAll(told);
        }
    }

    @Test
    void ofABodyNoMoreIsKeptThanIsWanted() {
        assertThat(scan(new Told(3), conversation(), 0, 7))
                .anySatisfy(line -> assertThat(line).endsWith("'hel...' (11 octets)"));
        queue.clear();
        assertThat(scan(new Told(0), conversation(), 0, 7))
                .anySatisfy(line -> assertThat(line).endsWith("delivery-mode=2} (11 octets)"));
    }

    @Test
    void whatIsNotWantedIsPassedOver() {
        List<String> told = scan(new Told(100, "basic.publish", "heartbeat"), conversation(), 0, 9);
        assertThat(told).hasSize(3).noneSatisfy(line -> assertThat(line).contains("publish"));
    }

    @Test
    void messagesOfSeveralChannelsMayBeMixed() {
        writer.method(1, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString("a")
                .octet(0)
                .to(queue);
        publish(2, "b", "other", 100);
        assertThat(scan(new Told(100), queue.toArray(), 0, 11))
                .singleElement(STRING)
                .startsWith("2 basic.publish");
    }

    @Test
    void malformedArgumentsAreSaidToBe() {
        writer.method(1, Method.BASIC_ACK).octet(1).to(queue);
        writer.method(1, Method.BASIC_CANCEL_OK).shortString("c").to(queue);
        assertThat(scan(new Told(100), queue.toArray(), 0, 5))
                .containsExactly("1 basic.ack{malformed=true}", "1 basic.cancel-ok{consumer-tag=c}");
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
            assertThat(scan(new Told(100), bytes, 0, step))
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
            assertThat(scan(new Told(100), queue.toArray(), 0, 1000).subList(1, 3))
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
            assertThat(scan(new Told(wanted), queue.toArray(), 0, 1000))
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
        List<String> told = scan(new Told(100), queue.toArray(), 0, 7);
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
        assertThat(scan(new Told(100), queue.toArray(), 0, 1000)).last(STRING).endsWith(HEAD + " 'sent' (4 octets)");
    }

    @Test
    void incompleteMessagesOfManyLinksTakeNoMoreThanABoundTogether() {
        Told told = new Told(100_000);
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
        scan(told, queue.toArray(), 0, 4096);
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
        assertThat(scan(new Told(100), queue.toArray(), 0, 1000))
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
        List<String> told = scan(new Told(100), queue.toArray(), 0, 1000);
        assertThat(told).hasSize(8).noneSatisfy(line -> assertThat(line).contains("SECRET"));
        assertThat(told.get(2)).endsWith(" (18 octets)");
        assertThat(told.get(4)).contains("'shown'");
    }

    @Test
    void ofALongMessageAsMuchIsKeptAsIsWantedAndIsAskedFor() {
        Told told = new Told(300_000);
        append(HEADER_10);
        append(attach(1, 2, "queue"));
        append(transfer(2, true, "x".repeat(400_000)));
        append(transfer(2, true, "y"));
        scan(told, queue.toArray(), 0, 4096);
        assertThat(told.bodies).containsExactly(300_000, 1);
        assertThat(told.octets).last().isEqualTo(told.octets.get(told.octets.size() - 2));
    }

    @Test
    void incompleteMessagesOfManyChannelsTakeNoMoreThanABoundTogether() {
        Told told = new Told(100_000);
        for (int channel = 1; channel <= 100; channel++) {
            publish(channel, "q", "b".repeat(90), 89);
        }
        byte[] whole = queue.toArray();
        scan(told, whole, 0, 4096);
        assertThat(told.bodies).hasSize(100).containsOnly(90);

        Told much = new Told(100_000);
        FrameScanner scanner = much.scanner(false);
        for (int channel = 1; channel <= 100; channel++) {
            beginLong(channel, 100_000, 99_999);
        }
        for (int channel = 1; channel <= 100; channel++) {
            writer.body(queue, channel, ByteBuffer.wrap(new byte[1]), 0, 1);
        }
        byte[] bytes = queue.toArray();
        scanner.scan(ByteBuffer.wrap(bytes), 0, bytes.length);
        assertThat(much.bodies).hasSize(100);
        assertThat(much.bodies.stream().mapToInt(Integer::intValue).sum()).isBetween(900_000, 1024 * 1024);
        beginLong(1, 100_000, 99_999);
        writer.body(queue, 1, ByteBuffer.wrap(new byte[1]), 0, 1);
        byte[] next = queue.toArray();
        scanner.scan(ByteBuffer.wrap(next), 0, next.length);
        assertThat(much.bodies).last().isEqualTo(100_000);
    }

    private void beginLong(int channel, int size, int part) {
        writer.method(channel, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString("q")
                .octet(0)
                .to(queue);
        ByteBuffer header = ByteBuffer.allocate(22);
        header.put((byte) 2)
                .putShort((short) channel)
                .putInt(14)
                .putShort((short) 60)
                .putShort((short) 0);
        append(header.putLong(size).putShort((short) 0).put((byte) 0xCE).array());
        writer.body(queue, channel, ByteBuffer.wrap(new byte[part]), 0, part);
    }

    @Test
    void whatAnnouncesALargeFrameTakesNoMemoryBeforeItComes() {
        Told told = new Told(16 * 1024 * 1024);
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

    @Test
    void allTypesOfFieldsAreTold() {
        byte[] table = {
            0,
            0,
            0,
            28, //
            1,
            'x',
            'x',
            0,
            0,
            0,
            2,
            1,
            (byte) 0xFF, //
            1,
            'D',
            'D',
            2,
            0,
            0,
            0,
            123, //
            1,
            'V',
            'V', //
            1,
            'A',
            'A',
            0,
            0,
            0,
            1,
            'V'
        };
        ByteBuffer frame = ByteBuffer.allocate(100);
        frame.put((byte) 1).putShort((short) 1).putInt(4 + 2 + 2 + 1 + table.length);
        frame.put(new byte[] {0, 50, 0, 10, 0, 0, 1, 'q', 0}).put(table).put((byte) 0xCE);
        queue.append(frame, 0, frame.position());
        assertThat(scan(new Told(100), queue.toArray(), 0, 1000))
                .singleElement(STRING)
                .endsWith("arguments={x=0x01ff, D=1.23, V=null, A=[null]}}");
    }

    private static byte[] frame10(int channel, int code, byte[] fields, int count, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + fields.length + payload.length);
        frame.putInt(frame.capacity()).put((byte) 2).put((byte) 0).putShort((short) channel);
        frame.put(new byte[] {0, 0x53, (byte) code, (byte) 0xC0, (byte) (fields.length + 1), (byte) count});
        return frame.put(fields).put(payload).array();
    }
}
