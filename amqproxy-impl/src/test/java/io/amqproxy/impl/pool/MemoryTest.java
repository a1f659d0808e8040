package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What happens when buffers are used up, and when there is no memory at all. */
class MemoryTest {

    private final Rig.Options options = new Rig.Options();
    private boolean outOfMemory;

    @Test
    void whileBuffersAreUsedUpPublishersAreNotReadAndNothingIsLost() {
        options.maxBufferBytes = 200_000;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient one = channel(rig.open());
        TestClient two = channel(rig.open());
        FakeLink upstream = java.util.Objects.requireNonNull(rig.broker.only().link);
        one.publish(1, "q", "first");
        two.publish(1, "q", "first");
        rig.run();
        upstream.clogged = true;
        for (int i = 0; i < 100; i++) {
            one.publish(1, "q", "x".repeat(10_000));
            two.publish(1, "q", "x".repeat(10_000));
            one.link().moveToSession(20_000);
            two.link().moveToSession(20_000);
            rig.endTurn();
            if (one.link().canMoveToSession() || two.link().canMoveToSession()) {
                rig.run();
            }
        }
        assertThat(rig.loop.chunks.usedBytes()).isLessThan(options.maxBufferBytes + 4 * 64 * 1024);
        assertThat(one.link().canMoveToSession()).isFalse();

        upstream.unclog();
        rig.run();
        rig.run();
        assertThat(rig.broker.published).hasSize(202);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void largeMessagesOfManyArriveOneAfterTheOther() {
        options.maxBufferBytes = 300_000;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient[] clients = new TestClient[8];
        byte[] message = Frames.publish(1, "", "q", false, "y".repeat(500_000).getBytes(UTF_8), 128 * 1024);
        for (int i = 0; i < clients.length; i++) {
            clients[i] = channel(rig.open());
        }
        for (int at = 0; at < message.length; at += 50_000) {
            for (TestClient client : clients) {
                client.write(java.util.Arrays.copyOfRange(message, at, Math.min(message.length, at + 50_000)));
            }
            rig.run();
        }
        rig.run();

        assertThat(rig.broker.published).hasSize(clients.length);
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void whileMemoryIsShortTheBrokerIsNotReadForWhoDoesNotRead() {
        options.maxBufferBytes = 2_000_000;
        options.maxConnections = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient neighbour = channel(rig.open());
        TestClient slow = channel(rig.open());
        for (int i = 0; i < 60; i++) {
            neighbour.publish(1, "q", "z".repeat(20_000));
            rig.run();
        }
        slow.link().clogged = true;
        slow.consume(1, "q", "tag", true);
        Random random = new Random(3);
        while (rig.moveSome(random)) {
            rig.loop.onTurnEnd();
        }
        assertThat(rig.loop.chunks.usedBytes()).as("no more than half of it").isLessThan(1_100_000);

        slow.link().unclog();
        neighbour.select(1).publish(1, "nobody", "still here");
        rig.run();
        assertThat(slow.bodies()).hasSize(60 * 20_000);
        assertThat(neighbour.hears(Method.BASIC_ACK)).isTrue();
        assertThat(rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void whereThereIsNoMemoryForTheBrokersBytesThatConnectionIsLostAndNothingElse() {
        options.memory = octets -> {
            if (outOfMemory) {
                throw new OutOfMemoryError("on purpose");
            }
            return ByteBuffer.allocate(octets);
        };
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient client = channel(rig.open());
        client.select(1).publish(1, "q", "first");
        rig.run();
        ScriptedBroker.Connection lost = rig.broker.only();
        java.util.Objects.requireNonNull(lost.link).clogged = true;

        outOfMemory = true;
        client.publish(1, "q", "x".repeat(100_000));
        rig.run();
        outOfMemory = false;
        rig.pass(Duration.ofSeconds(1));

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
        TestClient next = channel(rig.open());
        next.select(1).publish(1, "q", "second");
        rig.run();
        assertThat(next.hears(Method.BASIC_ACK)).isTrue();
        assertThat(rig.broker.bodies()).containsExactly("first", "second");
    }

    private static TestClient channel(TestClient client) {
        client.openChannel(1);
        client.rig.run();
        return client;
    }
}
