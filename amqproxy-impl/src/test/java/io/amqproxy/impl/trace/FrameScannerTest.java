package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Frames of AMQP 0-9-1 are told the same however their bytes come. */
class FrameScannerTest {

    private static final byte[] HEADER_091 = "AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1);

    private final FrameWriter writer = new FrameWriter();
    private final ByteQueue queue = new ByteQueue(new ChunkPool());

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
            assertThat(new ToldEvents(100).scan(bytes, 0, step))
                    .as("step " + step)
                    .isEqualTo(EXPECTED);
        }
    }

    @Test
    void framesAreToldWhereverTheyAreSplitInTwo() {
        byte[] bytes = conversation();
        for (int split = 0; split <= bytes.length; split++) {
            ToldEvents told = new ToldEvents(100);
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
            List<String> told = new ToldEvents(100).scan(bytes, from, 50);
            assertThat(told).as("from " + from).endsWith(EXPECTED.get(4));
            assertThat(EXPECTED).as("from " + from).containsAll(told);
        }
    }

    @Test
    void ofABodyNoMoreIsKeptThanIsWanted() {
        assertThat(new ToldEvents(3).scan(conversation(), 0, 7))
                .anySatisfy(line -> assertThat(line).endsWith("'hel...' (11 octets)"));
        queue.clear();
        assertThat(new ToldEvents(0).scan(conversation(), 0, 7))
                .anySatisfy(line -> assertThat(line).endsWith("delivery-mode=2} (11 octets)"));
    }

    @Test
    void whatIsNotWantedIsPassedOver() {
        List<String> told = new ToldEvents(100, "basic.publish", "heartbeat").scan(conversation(), 0, 9);
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
        assertThat(new ToldEvents(100).scan(queue.toArray(), 0, 11))
                .singleElement(STRING)
                .startsWith("2 basic.publish");
    }

    @Test
    void malformedArgumentsAreSaidToBe() {
        writer.method(1, Method.BASIC_ACK).octet(1).to(queue);
        writer.method(1, Method.BASIC_CANCEL_OK).shortString("c").to(queue);
        assertThat(new ToldEvents(100).scan(queue.toArray(), 0, 5))
                .containsExactly("1 basic.ack{malformed=true}", "1 basic.cancel-ok{consumer-tag=c}");
    }

    @Test
    void incompleteMessagesOfManyChannelsTakeNoMoreThanABoundTogether() {
        ToldEvents told = new ToldEvents(100_000);
        for (int channel = 1; channel <= 100; channel++) {
            publish(channel, "q", "b".repeat(90), 89);
        }
        byte[] whole = queue.toArray();
        told.scan(whole, 0, 4096);
        assertThat(told.bodies).hasSize(100).containsOnly(90);

        ToldEvents much = new ToldEvents(100_000);
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
    void allTypesOfFieldsAreToldEvents() {
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
        assertThat(new ToldEvents(100).scan(queue.toArray(), 0, 1000))
                .singleElement(STRING)
                .endsWith("arguments={x=0x01ff, D=1.23, V=null, A=[null]}}");
    }
}
