package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that come in pieces: they go to the broker as a whole, and what they take meanwhile is bounded. */
class IncompleteMessagesTest {

    private static final int LARGE = 300_000;

    private final Rig.Options options = new Rig.Options();

    @ParameterizedTest
    @ValueSource(ints = {1_000, 10_000, 20_000, 50_000, 70_000, 131_072, 200_000})
    void aLargeMessageArrivesAsItIsHoweverItComes(int piece) {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient client = channel(rig);
        String body = text(LARGE, 'x');

        byte[] message = publish(client, body);
        for (int at = 0; at < message.length; at += piece) {
            assertThat(rig.broker.published).isEmpty();
            client.write(Arrays.copyOfRange(message, at, Math.min(message.length, at + piece)));
            rig.run();
        }

        assertThat(rig.broker.bodies()).containsExactly(body);
    }

    @Test
    void messagesCutAtRandomArriveInOrderBetweenSmallOnes() {
        Random random = new Random(7);
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient client = channel(rig);
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            String body = text(random.nextInt(random.nextInt(3) == 0 ? LARGE : 100), (char) ('A' + i % 26));
            sent.append(body);
            byte[] message = publish(client, body);
            for (int at = 0; at < message.length; ) {
                int end = Math.min(message.length, at + 1 + random.nextInt(100_000));
                client.write(Arrays.copyOfRange(message, at, end));
                rig.run();
                at = end;
            }
        }

        assertThat(String.join("", rig.broker.bodies())).isEqualTo(sent.toString());
    }

    @Test
    void aFrameWithAWrongEndIsRefusedThoughItsBeginningWasTaken() {
        Rig rig = new Rig();
        TestClient client = channel(rig);
        byte[] message = publish(client, text(100_000, 'x'));
        message[message.length - 1] = 0;

        client.write(Arrays.copyOf(message, 50_000));
        rig.run();
        client.write(Arrays.copyOfRange(message, 50_000, message.length));
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(501);
        assertThat(rig.broker.published).isEmpty();
    }

    @Test
    void aFrameThatExceedsItsBodyIsRefusedBeforeItHasCome() {
        Rig rig = new Rig();
        TestClient client = channel(rig);
        byte[] message = publish(client, text(100_000, 'x'));
        byte[] longer = Frames.frame(Frame.BODY, 1, new byte[100_001]);

        client.write(Arrays.copyOf(message, message.length - 100_008));
        client.write(Arrays.copyOf(longer, 20));
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(505);
    }

    @Test
    void theRestOfAFrameWhoseChannelTheBrokerClosedIsDropped() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient client = channel(rig);
        client.publish(1, "no-such-exchange", "q", false, "lost");
        byte[] message = publish(client, text(100_000, 'x'));
        client.write(Arrays.copyOf(message, 50_000));
        rig.run();
        assertThat(client.closeHeard(1).code()).isEqualTo(404);

        client.write(Arrays.copyOfRange(message, 50_000, message.length));
        client.write(1, Method.CHANNEL_CLOSE_OK);
        client.openChannel(1).publish(1, "q", "after");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("after");
    }

    @Test
    void aClientThatVanishesInTheMidstOfAFrameLeavesNothing() {
        options.maxIncompleteBytes = 64 * 1024;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient neighbour = channel(rig);
        TestClient client = channel(rig);
        client.write(Arrays.copyOf(publish(client, text(LARGE, 'x')), 200_000));
        rig.run();
        client.vanish();
        rig.run();

        byte[] message = publish(neighbour, text(LARGE, 'y'));
        neighbour.write(Arrays.copyOf(message, 250_000));
        rig.run();
        neighbour.write(Arrays.copyOfRange(message, 250_000, message.length));
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly(text(LARGE, 'y'));
    }

    @Test
    void whenMemoryIsShortTheFirstGoesOnAndTheOthersFollowInOrder() {
        options.maxIncompleteBytes = 64 * 1024;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        List<TestClient> clients = List.of(channel(rig), channel(rig), channel(rig));
        List<String> bodies = List.of(text(LARGE, '1'), text(LARGE, '2'), text(LARGE, '3'));
        List<byte[]> messages = List.of(
                publish(clients.get(0), bodies.get(0)),
                publish(clients.get(1), bodies.get(1)),
                publish(clients.get(2), bodies.get(2)));
        for (int i = 0; i < 3; i++) {
            clients.get(i).write(Arrays.copyOf(messages.get(i), 100_000));
            rig.run();
        }
        // These have all the rest to read, and are not read beyond what they had read when memory was short.
        for (int i = 2; i > 0; i--) {
            clients.get(i).write(Arrays.copyOfRange(messages.get(i), 100_000, messages.get(i).length));
            rig.run();
            assertThat(rig.broker.published).isEmpty();
        }

        clients.get(0).write(Arrays.copyOfRange(messages.get(0), 100_000, messages.get(0).length));
        rig.run();

        assertThat(rig.broker.bodies()).containsExactlyElementsOf(bodies);
    }

    @Test
    void aMessageThatStandsStillWhileMemoryIsShortCostsItsClientTheConnection() {
        options.maxIncompleteBytes = 64 * 1024;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient stuck = channel(rig);
        TestClient other = channel(rig);
        stuck.write(Arrays.copyOf(publish(stuck, text(LARGE, 'x')), 100_000));
        rig.run();
        waitsForMemory(rig, other);

        rig.pass(Duration.ofSeconds(20));

        assertThat(stuck.closeHeard(0).code()).isEqualTo(506);
        assertThat(rig.broker.bodies()).containsExactly(text(LARGE, 'y'));
        assertThat(other.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aMessageThatGoesOnDropByDropWhileMemoryIsShortCostsItsClientTheConnection() {
        options.maxIncompleteBytes = 64 * 1024;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient slow = channel(rig);
        TestClient other = channel(rig);
        byte[] drops = publish(slow, text(LARGE, 'x'));
        slow.write(Arrays.copyOf(drops, 100_000));
        rig.run();
        waitsForMemory(rig, other);

        for (int at = 100_000; at < 100_030; at++) {
            if (!slow.hears(Method.CONNECTION_CLOSE)) {
                slow.write(Arrays.copyOfRange(drops, at, at + 1));
            }
            rig.pass(Duration.ofSeconds(1));
        }

        assertThat(slow.closeHeard(0).code()).isEqualTo(506);
        assertThat(rig.broker.bodies()).containsExactly(text(LARGE, 'y'));
    }

    @Test
    void manyMessagesInPartsOfOneClientHaveABound() {
        options.maxIncompleteBytes = 64 * 1024;
        options.maxMessageSize = 1024 * 1024;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = rig.open();
        TestClient other = channel(rig);
        for (int channel = 1; channel <= 12; channel++) {
            client.openChannel(channel);
            rig.run();
            byte[] message =
                    Frames.publish(channel, "", "q", false, text(LARGE, 'x').getBytes(UTF_8), client.frameMax);
            if (!client.hears(Method.CONNECTION_CLOSE)) {
                // Whole frames, so that those of other channels may come between.
                client.write(Arrays.copyOf(message, wholeFrames(message, 200_000)));
                rig.run();
            }
        }

        assertThat(client.closeHeard(0).code()).isEqualTo(506);
        other.publish(1, "q", "served");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("served");
    }

    private static int wholeFrames(byte[] message, int most) {
        ByteBuffer frames = ByteBuffer.wrap(message);
        int end = 0;
        while (end < most) {
            end += (int) Frame.size(frames, end) + Frame.OVERHEAD;
        }
        return end;
    }

    @Test
    void aMessageThatStandsStillHoldsNobodyUpWhileThereIsMemory() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient slow = channel(rig);
        byte[] message = publish(slow, text(LARGE, 'x'));
        slow.write(Arrays.copyOf(message, 100_000));
        rig.pass(Duration.ofMinutes(5));

        slow.write(Arrays.copyOfRange(message, 100_000, message.length));
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly(text(LARGE, 'x'));
    }

    /** It has all the rest of its message to read, and is not read beyond what it had read when memory was short. */
    private static void waitsForMemory(Rig rig, TestClient client) {
        byte[] message = publish(client, text(LARGE, 'y'));
        client.write(Arrays.copyOf(message, 100_000));
        rig.run();
        client.write(Arrays.copyOfRange(message, 100_000, message.length));
        rig.run();
        assertThat(rig.broker.published).isEmpty();
    }

    private static TestClient channel(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1);
        rig.run();
        return client;
    }

    private static byte[] publish(TestClient client, String body) {
        return Frames.publish(1, "", "q", false, body.getBytes(UTF_8), client.frameMax);
    }

    private static String text(int length, char letter) {
        return String.valueOf(letter).repeat(length);
    }
}
