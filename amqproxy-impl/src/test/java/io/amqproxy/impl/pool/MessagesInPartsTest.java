package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Many clients that send much in parts and never the rest: what they hold is bounded, and nobody else waits for it. */
class MessagesInPartsTest {

    private static final int CHANNELS = 16;
    private static final String USUAL = "u".repeat(30_000);

    private final Rig.Options options = new Rig.Options();
    private final List<TestClient> senders = new ArrayList<>();

    private Rig rig() {
        options.countsLeft = true;
        options.maxIncompleteBytes = 1024 * 1024;
        options.maxBufferBytes = 4 * 1024 * 1024;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private void flood(Rig rig, int clients, int channels, Consumer<TestClient> begin) {
        for (int i = 0; i < clients; i++) {
            TestClient sender = rig.open();
            senders.add(sender);
            for (int channel = 1; channel <= channels; channel++) {
                sender.openChannel(channel);
            }
            rig.run();
            begin.accept(sender);
            rig.run();
            assertThat(rig.loop.chunks.isFull()).as("client %d", i).isFalse();
        }
    }

    private static void sendParts(TestClient sender, int octets) {
        for (int channel = 1; channel <= CHANNELS; channel++) {
            byte[] message = Frames.publish(channel, "", "q", false, new byte[100_000], octets + Frame.OVERHEAD);
            int end = 0;
            for (int frame = 0; frame < 3; frame++) {
                end += (int) Frame.size(ByteBuffer.wrap(message), end) + Frame.OVERHEAD;
            }
            sender.write(Arrays.copyOf(message, end));
        }
    }

    private static TestClient neighbour(Rig rig) {
        TestClient neighbour = rig.open();
        neighbour.openChannel(1);
        rig.run();
        return neighbour;
    }

    private static void publishInTwoPieces(Rig rig, TestClient client) {
        byte[] message = Frames.publish(1, "", "q", false, USUAL.getBytes(UTF_8), client.frameMax);
        client.write(Arrays.copyOf(message, 20_000));
        rig.run();
        client.write(Arrays.copyOfRange(message, 20_000, message.length));
        rig.run();
    }

    @Test
    void whatPartsOfMessagesTakeIsCountedWithTheMemoryThatHoldsIt() {
        Rig rig = rig();
        TestClient neighbour = neighbour(rig);

        flood(rig, 100, CHANNELS, sender -> sendParts(sender, 5_000));
        neighbour.publish(1, "q", "small");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("small");
        rig.pass(Duration.ofSeconds(30));
        publishInTwoPieces(rig, neighbour);
        assertThat(rig.broker.bodies()).containsExactly("small", USUAL);
    }

    @Test
    void whoSendsAMessageOfUsualSizeInTwoPiecesDoesNotWaitForThoseWhoKeepPartsOfMany() {
        Rig rig = rig();
        options.maxBufferBytes = 64 * 1024 * 1024;
        rig.reload();
        TestClient neighbour = neighbour(rig);
        flood(rig, 30, CHANNELS, sender -> sendParts(sender, 5_000));

        byte[] message = Frames.publish(1, "", "q", false, "u".repeat(6_000).getBytes(UTF_8), neighbour.frameMax);
        neighbour.write(Arrays.copyOf(message, 3_000));
        rig.run();
        neighbour.write(Arrays.copyOfRange(message, 3_000, message.length));
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("u".repeat(6_000));
    }

    @Test
    void halvesOfLargeFramesAreCountedTooAndEndWhereOthersWait() {
        Rig rig = rig();
        TestClient neighbour = neighbour(rig);
        byte[] frame = Frames.frame(Frame.HEADER, 1, new byte[120_000]);

        flood(rig, 100, 1, sender -> sender.write(Arrays.copyOf(frame, 110_000)));
        neighbour.publish(1, "q", "small");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("small");

        rig.pass(Duration.ofSeconds(30));
        publishInTwoPieces(rig, neighbour);
        assertThat(rig.broker.bodies()).containsExactly("small", USUAL);
        assertThat(senders.stream().filter(sender -> sender.hears(Method.CONNECTION_CLOSE)))
                .isNotEmpty();
    }

    @Test
    void whoHasGoneLeavesNothing() {
        Rig rig = rig();
        flood(rig, 40, CHANNELS, sender -> sendParts(sender, 5_000));
        senders.forEach(TestClient::vanish);
        rig.run();
        rig.pass(Duration.ofMinutes(5));

        TestClient neighbour = neighbour(rig);
        publishInTwoPieces(rig, neighbour);
        assertThat(rig.broker.bodies()).containsExactly(USUAL);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }
}
