package io.amqproxy.impl.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.FrameWriter;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.trace.TracedMessage;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is told of a message or disposition from what the other peer has said before. */
class ConversationTest {

    private static final byte[] MESSAGE = {0, 0x53, 0x75, (byte) 0xA0, 2, 'h', 'i'};
    private static final byte[] ACCEPTED = {0, 0x53, 0x24, 0x45};
    private static final byte[] COORDINATOR = {0, 0x53, 0x30, 0x45};
    private static final int SOURCE = 0x28;
    private static final int TARGET = 0x29;

    /** Keeps what it was told last. */
    private static final class Last implements EventSink {
        private String line = "";
        private boolean isWanted = true;

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
            return isWanted ? 100 : UNWANTED;
        }

        @Override
        public void tell(
                int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets) {
            line = name + arguments;
        }
    }

    private final Last last = new Last();
    private final ByteQueue out = new ByteQueue(new ChunkPool());
    private final FrameComposer composer = new FrameComposer();
    private final FrameWriter writer = new FrameWriter();

    private final Conversation10 conversation10 = new Conversation10();
    private final FrameScanner client10 = scanner(new Decoder10(last, true, conversation10));
    private final FrameScanner proxy10 = scanner(new Decoder10(last, false, conversation10));

    private final Conversation091 conversation091 = new Conversation091();
    private final FrameScanner client091 = scanner(new Decoder091(last, true, conversation091));
    private final FrameScanner proxy091 = scanner(new Decoder091(last, false, conversation091));

    private static FrameScanner scanner(FrameScanner.Decoder decoder) {
        return new FrameScanner(header -> decoder, decoder, false);
    }

    /** What this peer has said, and with it what is told of that. */
    private String says(FrameScanner peer) {
        byte[] bytes = out.toArray();
        out.clear();
        last.line = "nothing";
        peer.scan(ByteBuffer.wrap(bytes), 0, bytes.length);
        return last.line;
    }

    private String says(FrameScanner peer, FrameComposer frame) {
        frame.to(out);
        return says(peer);
    }

    private FrameComposer frame(int channel, CompositeType type) {
        return composer.begin(channel, type);
    }

    /** The client's session is on channel 1, the proxy's end of it on channel 5. */
    private void beginSession() {
        says(client10, frame(1, CompositeType.BEGIN).none().uint(0).uint(9).uint(9));
        says(proxy10, frame(5, CompositeType.BEGIN).ushort(1).uint(0).uint(9).uint(9));
    }

    private void attach(FrameScanner peer, int channel, int handle, String name, boolean receives) {
        FrameComposer attach =
                frame(channel, CompositeType.ATTACH).string(name).uint(handle).bool(receives);
        says(peer, attach.none().none().terminus(SOURCE, "q").terminus(TARGET, "q"));
    }

    /** The client's handles are from 3 on, the proxy's from 7. */
    private void attach(String name, int number) {
        attach(client10, 1, 3 + number, name, false);
        attach(proxy10, 5, 7 + number, name, true);
    }

    private String transfer(int handle, int id) {
        FrameComposer transfer = frame(1, CompositeType.TRANSFER)
                .uint(handle)
                .uint(id)
                .binary(new byte[] {1})
                .uint(0);
        transfer.to(out, ByteBuffer.wrap(MESSAGE), 0, MESSAGE.length);
        return says(client10);
    }

    private String detach(FrameScanner peer, int channel, int handle) {
        return says(peer, frame(channel, CompositeType.DETACH).uint(handle).bool(true));
    }

    private static boolean isDropped(String told) {
        assertThat(told).startsWith("transfer{").contains("address=q");
        return told.contains("dropped=true");
    }

    @Test
    void whatComesBehindADetachIsDroppedUntilTheClientAnswers() {
        beginSession();
        attach("one", 0);
        attach("two", 1);
        assertThat(isDropped(transfer(3, 0))).isFalse();
        detach(proxy10, 5, 7);
        assertThat(isDropped(transfer(3, 1))).isTrue();
        assertThat(isDropped(transfer(4, 2))).isFalse();
        detach(client10, 1, 3);
        attach("one", 0);
        assertThat(isDropped(transfer(3, 3))).isFalse();
    }

    @Test
    void aDetachOfALinkThatTheClientHasLeftIsNotOfTheNextWithItsNameAndHandle() {
        beginSession();
        attach("one", 0);
        detach(client10, 1, 3);
        attach(client10, 1, 3, "one", false);
        assertThat(isDropped(transfer(3, 0))).isFalse();
        detach(proxy10, 5, 7);
        assertThat(isDropped(transfer(3, 1))).isFalse();
        attach(proxy10, 5, 7, "one", true);
        assertThat(isDropped(transfer(3, 2))).isFalse();
        detach(proxy10, 5, 7);
        assertThat(isDropped(transfer(3, 3))).isTrue();
    }

    @Test
    void whatComesBehindAnEndOrACloseIsDropped() {
        beginSession();
        attach("one", 0);
        says(proxy10, frame(5, CompositeType.END));
        assertThat(isDropped(transfer(3, 0))).isTrue();
        says(client10, frame(1, CompositeType.END));
        beginSession();
        attach("one", 0);
        assertThat(isDropped(transfer(3, 0))).isFalse();
        last.isWanted = false;
        says(proxy10, frame(0, CompositeType.CLOSE));
        last.isWanted = true;
        assertThat(isDropped(transfer(3, 1))).isTrue();
    }

    @Test
    void dispositionsOfWhatWasSaidToACoordinatorAreToldApart() {
        beginSession();
        attach("one", 0);
        FrameComposer attach = frame(1, CompositeType.ATTACH)
                .string("c")
                .uint(9)
                .bool(false)
                .none()
                .none();
        says(client10, attach.terminus(SOURCE, "").raw(COORDINATOR));
        transfer(3, 10);
        transfer(9, 11);
        transfer(3, 12);
        assertThat(disposition(10, 10)).doesNotContain("coordinator");
        assertThat(disposition(10, 12)).doesNotContain("coordinator");
        assertThat(disposition(11, 11)).endsWith("state=accepted, coordinator=true}");
        assertThat(disposition(11, 11)).as("of what is settled").doesNotContain("coordinator");
    }

    private String disposition(int first, int to) {
        String told = says(
                proxy10,
                frame(5, CompositeType.DISPOSITION)
                        .bool(true)
                        .uint(first)
                        .uint(to)
                        .bool(true)
                        .raw(ACCEPTED));
        assertThat(told).startsWith("disposition{");
        return told;
    }

    private String message(FrameScanner peer, int channel, FrameWriter method) {
        method.to(out);
        ByteBuffer header = ByteBuffer.allocate(22).put((byte) 2).putShort((short) channel);
        header.putInt(14).putShort((short) 60).putShort((short) 0).putLong(0).putShort((short) 0);
        out.append(header.put((byte) 0xCE), 0, 22);
        return says(peer);
    }

    private String publish(int channel) {
        FrameWriter publish = writer.method(channel, Method.BASIC_PUBLISH)
                .shortInt(0)
                .shortString("")
                .shortString("q");
        return message(client091, channel, publish.octet(0));
    }

    private String says(FrameScanner peer, FrameWriter method) {
        method.to(out);
        return says(peer);
    }

    private FrameWriter close(int channel, Method method) {
        return writer.method(channel, method)
                .shortInt(404)
                .shortString("gone")
                .shortInt(0)
                .shortInt(0);
    }

    @Test
    void whatIsPublishedBehindACloseIsDroppedUntilTheClientAnswers() {
        says(client091, writer.method(1, Method.CHANNEL_OPEN).shortString(""));
        assertThat(publish(1)).startsWith("basic.publish{").doesNotContain("dropped");
        says(proxy091, close(1, Method.CHANNEL_CLOSE));
        assertThat(publish(1)).endsWith("immediate=false, dropped=true}");
        assertThat(publish(2)).doesNotContain("dropped");
        says(client091, writer.method(1, Method.CHANNEL_CLOSE_OK));
        says(client091, writer.method(1, Method.CHANNEL_OPEN).shortString(""));
        assertThat(publish(1)).doesNotContain("dropped");
        last.isWanted = false;
        says(proxy091, close(0, Method.CONNECTION_CLOSE));
        last.isWanted = true;
        assertThat(publish(1)).endsWith("dropped=true}");
    }

    private FrameWriter consume(String queue, String tag, int bits) {
        return writer.method(1, Method.BASIC_CONSUME)
                .shortInt(0)
                .shortString(queue)
                .shortString(tag)
                .octet(bits)
                .table(Map.of());
    }

    private String deliver(String tag) {
        FrameWriter deliver = writer.method(1, Method.BASIC_DELIVER)
                .shortString(tag)
                .longLong(1)
                .octet(0)
                .shortString("logs");
        return message(proxy091, 1, deliver.shortString("key"));
    }

    @Test
    void deliveriesAreToldWithTheQueueOfTheirConsumer() {
        says(client091, consume("one", "", 0));
        says(client091, consume("two", "mine", 0b1000));
        says(
                proxy091,
                writer.method(1, Method.QUEUE_DECLARE_OK)
                        .shortString("made-up")
                        .longInt(0)
                        .longInt(0));
        says(client091, consume("", "last", 0));
        says(proxy091, writer.method(1, Method.BASIC_CONSUME_OK).shortString("tag-1"));
        says(proxy091, writer.method(1, Method.BASIC_CONSUME_OK).shortString("last"));
        assertThat(deliver("tag-1")).endsWith("routing-key=key, queue=one}");
        assertThat(deliver("mine")).endsWith("queue=two}");
        assertThat(deliver("last")).endsWith("queue=made-up}");
        assertThat(deliver("of before")).startsWith("basic.deliver{").doesNotContain("queue");
        says(proxy091, writer.method(1, Method.BASIC_CANCEL).shortString("mine").octet(1));
        assertThat(deliver("mine")).doesNotContain("queue");
        says(client091, writer.method(1, Method.CHANNEL_OPEN).shortString(""));
        assertThat(deliver("tag-1")).doesNotContain("queue");
    }

    @Test
    void moreConsumersThanAreRememberedAreOnlyNotTold() {
        for (int i = 0; i < 5000; i++) {
            says(client091, consume("q", "tag-" + i, 0b1000));
        }
        assertThat(deliver("tag-0")).endsWith("queue=q}");
        assertThat(deliver("tag-4999")).doesNotContain("queue");
        says(client091, writer.method(1, Method.CHANNEL_OPEN).shortString(""));
        says(client091, consume("q", "after", 0b1000));
        assertThat(deliver("after")).endsWith("queue=q}");
    }
}
