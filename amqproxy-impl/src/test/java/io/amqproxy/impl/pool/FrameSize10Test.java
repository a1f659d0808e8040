package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Frames that become larger on their way, or that go to a peer that takes less than the one they are from: each is what
 * its receiver takes, or costs the client that it is about, and nobody else. The peers check the size of all they hear.
 */
class FrameSize10Test {

    private static final int MOST = 600;
    private static final int LEAST = 512;
    private static final String TOO_SMALL = "amqp:frame-size-too-small";

    private final Rig10 rig = new Rig10(options -> options.maxConnections = 1);

    FrameSize10Test() {
        rig.broker.maxFrameSize = MOST;
    }

    private static Wire10.Described error(int length) {
        return Wire10.composite(0x1D, new Wire10.Symbol("x:y"), "e".repeat(length));
    }

    /** Tries frames of all sizes that the broker takes from a client, with a neighbour that must not notice. */
    private int refusedOf(IntFunction<byte[]> frames) {
        TestClient10 neighbour = rig.open().begin(0).sender(0, 0, "n").run();
        int refused = 0;
        int tried = 0;
        for (int length = 0; length < MOST; length++) {
            byte[] frame = frames.apply(length);
            if (frame.length < MOST - 80 || frame.length > MOST) {
                continue;
            }
            tried++;
            TestClient10 client =
                    rig.open().begin(0).sender(0, 0, "q").receiver(0, 1, "r").run();
            client.write(frame).run();
            assertThat(client.all(0x18)).as("the connection").isEmpty();
            boolean isRefused = isRefused(client);
            if (!isRefused) {
                client.transfer(0, 0, 1, true, "after").run();
            }
            refused += isRefused ? 1 : 0;
            client.leave();
        }
        neighbour.transfer(0, 0, 0, false, "unharmed").run();
        assertThat(neighbour.last(0x15).is(3)).isTrue();
        assertThat(rig.broker.connections).hasSize(1);
        assertThat(refused).as("of " + tried).isBetween(1, tried - 1);
        return refused;
    }

    private static boolean isRefused(TestClient10 client) {
        for (Frame frame : client.heard) {
            boolean isEnd = frame.code() == 0x17 && frame.error(0).equals(TOO_SMALL);
            if (isEnd || (frame.code() == 0x16 && frame.error(2).equals(TOO_SMALL))) {
                return true;
            }
        }
        return false;
    }

    private static byte[] frame(int code, @Nullable Object... fields) {
        return Wire10.frame(0, code, new byte[0], fields);
    }

    @Test
    void aTransfer() {
        refusedOf(length ->
                frame(0x14, 0, 0, new byte[] {1}, 0, true, false, null, Wire10.composite(0x25, error(length))));
    }

    @Test
    void aTransferOfADeliveryInParts() {
        refusedOf(length ->
                frame(0x14, 0, 0, new byte[] {1}, 0, true, true, null, Wire10.composite(0x25, error(length))));
    }

    @Test
    void aTransferOfWhichOneOctetFits() {
        rig.broker.window = 1;
        for (int length = MOST - 60; length < MOST - 8; length++) {
            TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
            byte[] frame = Wire10.frame(
                    0,
                    0x14,
                    "body".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                    0,
                    0,
                    new byte[] {1},
                    0,
                    true,
                    false,
                    null,
                    Wire10.composite(0x25, error(length - 60)));
            assertThat(frame.length).isLessThanOrEqualTo(MOST);
            client.write(frame).run().leave();
        }
        assertThat(rig.broker.taken).isNotEmpty().containsOnly("body");
    }

    @Test
    void anAttach() {
        refusedOf(length -> frame(
                0x12,
                "n",
                2,
                false,
                null,
                null,
                Wire10.composite(0x28),
                Wire10.composite(0x29, "q".repeat(length)),
                null,
                null,
                0));
    }

    @Test
    void aFlow() {
        refusedOf(length -> frame(
                0x13, 0, 10, 0, 10, 1, 7, 1, 0, false, false, Map.of(new Wire10.Symbol("x"), "p".repeat(length))));
    }

    @Test
    void aDispositionOfWhatWasGot() {
        rig.broker.maxFrameSize = MOST;
        for (int length = MOST - 80; length < MOST - 40; length++) {
            byte[] frame = frame(0x15, true, 0, 0, true, Wire10.composite(0x25, error(length)));
            rig.broker.queue("r").add(new byte[] {1});
            TestClient10 client =
                    rig.open().begin(0).receiver(0, 1, "r").credit(0, 1, 7, 1).run();
            assertThat(client.all(0x14)).hasSize(1);
            client.write(frame).run();
            assertThat(frame.length > MOST
                            || isRefused(client)
                            || rig.session().unsettled.isEmpty())
                    .isTrue();
            client.leave();
        }
        assertThat(rig.broker.connections).hasSize(1);
    }

    @Test
    void aDetachLosesTheTextOfItsErrorAndNothingElse() {
        for (int length = MOST - 100; length < MOST - 20; length++) {
            byte[] frame = frame(0x16, 0, true, error(length));
            if (frame.length <= MOST) {
                TestClient10 client =
                        rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "q").run();
                client.write(frame).run();
                assertThat(client.last(0x16).field(2)).isNull();
                assertThat(client.all(0x17)).isEmpty();
                client.leave();
            }
        }
        assertThat(rig.broker.connections).hasSize(1);
    }

    // Towards clients that take little.

    private TestClient10 smallClient() {
        rig.broker.maxFrameSize = 65_536;
        return TestClient10.open(rig.rig, LEAST).begin(0);
    }

    @Test
    void theAnswerToAnAttach() {
        TestClient10 client = smallClient()
                .receiver(0, 0, "a".repeat(3000))
                .receiver(0, 1, "b")
                .run();
        assertThat(client.last(0x17).error(0)).isEqualTo(TOO_SMALL);
        TestClient10 other =
                TestClient10.open(rig.rig, LEAST).begin(0).receiver(0, 0, "b").run();
        assertThat(other.last(0x12).field(0)).isEqualTo("r0");
    }

    @Test
    void theAnswerToAnAttachThatAnEarlierClientGot() {
        rig.broker.maxFrameSize = 65_536;
        rig.open().begin(0).sender(0, 0, "a".repeat(3000)).run().leave();
        TestClient10 client = smallClient().sender(0, 0, "a".repeat(3000)).run();
        assertThat(client.last(0x17).error(0)).isEqualTo(TOO_SMALL);
        assertThat(client.all(0x13)).isEmpty();
    }

    @Test
    void anErrorThatEndsALinkOrASession() {
        TestClient10 client = smallClient().sender(0, 0, "q").run();
        ScriptedBroker10.Session session = rig.session();
        session.say(0x16, session.link(0).ownHandle, true, error(2000));
        rig.rig.run();
        assertThat(client.last(0x16).error(2)).isEqualTo("x:y");
        session.connection.ending.put(session.channel, session);
        session.connection.sessions.remove(session.channel);
        session.say(0x17, error(2000));
        rig.rig.run();
        assertThat(client.last(0x17).error(0)).isEqualTo("x:y");
    }

    @Test
    void anErrorThatEndsTheConnection() {
        TestClient10 client =
                smallClient().sender(0, 0, "q").transfer(0, 0, 0, true, "x").run();
        rig.session().connection.say(0, 0x18, error(2000));
        rig.rig.run();
        assertThat(client.last(0x18).error(0)).isEqualTo("x:y");
    }

    @Test
    void aTransferFromTheBroker() {
        TestClient10 client =
                smallClient().receiver(0, 0, "q").credit(0, 0, 7, 10).run();
        ScriptedBroker10.Session session = rig.session();
        session.connection.send(Wire10.frame(
                session.channel + 100,
                0x14,
                new byte[10],
                session.link(0).ownHandle,
                session.nextDeliveryId,
                new byte[] {1},
                0,
                false,
                false,
                null,
                Wire10.composite(0x25, error(1000))));
        rig.rig.run();
        assertThat(client.last(0x17).error(0)).isEqualTo(TOO_SMALL);
    }
}
