package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Settings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who makes the broker or the proxy say much and reads nothing of it is not read itself, so that no neighbour pays. */
class UnreadAnswersTest {

    private static final int READ = 2 * Settings.FRAME_MAX;
    private static final int MANY = 40;
    private static final String MESSAGE = "x".repeat(100_000);

    private final Rig.Options options = new Rig.Options();

    private Rig rig() {
        options.readBuffer = READ;
        Rig rig = new Rig(options);
        rig.broker.queue("q").queue("other");
        return rig;
    }

    private static byte[] header(int bodySize) {
        return ByteBuffer.allocate(14)
                .putShort((short) 60)
                .putShort((short) 0)
                .putLong(bodySize)
                .array();
    }

    private static TestClient publisher(Rig rig) {
        TestClient publisher = rig.open();
        publisher.openChannel(1).select(1);
        rig.run();
        return publisher;
    }

    private static long count(TestClient client, int channel, Method method) {
        return client.methods(channel).stream().filter(method::equals).count();
    }

    @Test
    void returnsThatNobodyReadsHoldUpNoNeighboursConfirms() {
        Rig rig = rig();
        TestClient neighbour = publisher(rig);
        TestClient deaf = publisher(rig);
        deaf.link().clogged = true;
        for (int i = 0; i < MANY; i++) {
            deaf.publish(1, "", "nowhere", true, MESSAGE);
        }
        rig.run();

        neighbour.publish(1, "q", "good");
        rig.run();
        assertThat(rig.broker.bodies()).contains("good");
        assertThat(neighbour.hears(Method.BASIC_ACK)).isTrue();
        assertThat(deaf.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + 3L * READ);

        deaf.link().unclog();
        rig.run();
        assertThat(count(deaf, 1, Method.BASIC_RETURN)).isEqualTo(MANY);
    }

    @Test
    void answersOfTheProxyAreBoundedToo() {
        Rig rig = rig();
        TestClient deaf = rig.open();
        deaf.link().clogged = true;
        int times = 60_000;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            all.writeBytes(Frames.method(1, Method.CHANNEL_OPEN, writer -> writer.shortString("")));
            all.writeBytes(Frames.close(1, 200, "", 0));
        }
        deaf.write(all.toByteArray());
        rig.run();
        assertThat(deaf.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + READ);

        deaf.link().unclog();
        rig.run();
        assertThat(count(deaf, 1, Method.CHANNEL_CLOSE_OK)).isEqualTo(times);
    }

    // What is under way when a client ceases to read, which nothing can stop any more.

    private static long atBroker(Rig rig, Method method) {
        return rig.broker.allChannels().stream()
                .mapToLong(channel -> channel.waiting(method))
                .sum();
    }

    /** The broker handles what has come, and goes on doing so. */
    private static void handleAll(Rig rig) throws Exception {
        rig.broker.prompt = true;
        for (BrokerChannel channel : rig.broker.allChannels()) {
            while (channel.hasWork()) {
                channel.handleNext();
            }
        }
        rig.run();
    }

    /** A rig whose broker is slow from now on, with a client that has channels; fences are known to be answered. */
    private TestClient clientOfSlowBroker(Rig rig, int channels) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "first").closeChannel(1); // So that a fence is known to be answered.
        rig.run();
        for (int channel = 1; channel <= channels; channel++) {
            client.openChannel(channel);
        }
        rig.run();
        rig.broker.prompt = false;
        return client;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void mandatoryMessagesThatMayBeReturnedAreBounded(int channels) throws Exception {
        Rig rig = rig();
        TestClient client = clientOfSlowBroker(rig, channels);
        for (int i = 0; i < MANY; i++) {
            client.publish(1 + i % channels, "", "nowhere", true, MESSAGE);
        }
        rig.run();

        assertThat(atBroker(rig, Method.BASIC_PUBLISH) * MESSAGE.length())
                .isPositive()
                .isLessThan(Settings.OWNED_BACKLOG + 2L * MESSAGE.length());
        client.link().clogged = true;
        handleAll(rig);
        assertThat(client.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + 3L * READ);

        client.link().unclog();
        rig.run();
        long returned = 0;
        for (int channel = 1; channel <= channels; channel++) {
            returned += count(client, channel, Method.BASIC_RETURN);
        }
        assertThat(returned).isEqualTo(MANY);
    }

    @Test
    void theSameWithConfirms() throws Exception {
        Rig rig = rig();
        TestClient client = clientOfSlowBroker(rig, 1);
        client.select(1);
        for (int i = 0; i < MANY; i++) {
            client.publish(1, "", "nowhere", true, MESSAGE);
        }
        rig.run();

        assertThat(atBroker(rig, Method.BASIC_PUBLISH)).isBetween(1L, 7L);
        handleAll(rig);
        assertThat(count(client, 1, Method.BASIC_RETURN)).isEqualTo(MANY);
        assertThat(client.tags(Method.BASIC_ACK)).contains((long) MANY);
    }

    @Test
    void whoReadsPublishesMandatoryMessagesToABrokerWithoutFences() {
        Rig rig = rig();
        rig.broker.refusesFlow = true;
        TestClient client = rig.open();
        client.openChannel(1);
        for (int i = 0; i < MANY; i++) {
            client.publish(1, "", "nowhere", true, MESSAGE);
        }
        rig.run();
        assertThat(count(client, 1, Method.BASIC_RETURN)).isEqualTo(MANY);
    }

    @Test
    void aTransactionMayBeLarge() throws Exception {
        Rig rig = rig();
        TestClient client = clientOfSlowBroker(rig, 1);
        client.write(1, Method.TX_SELECT);
        for (int i = 0; i < MANY; i++) {
            client.publish(1, "", "nowhere", true, MESSAGE);
        }
        client.write(1, Method.TX_COMMIT);
        rig.run();
        handleAll(rig);
        assertThat(client.hears(Method.TX_COMMIT_OK)).isTrue();
    }

    @Test
    void questionsUnderWayAreBounded() throws Exception {
        Rig rig = rig();
        TestClient client = clientOfSlowBroker(rig, 2);
        int times = 1000;
        for (int i = 0; i < times; i++) {
            client.declare(1 + i % 2, "q", false);
        }
        rig.run();

        assertThat(atBroker(rig, Method.QUEUE_DECLARE)).isBetween(1L, 64L);
        handleAll(rig);
        assertThat(count(client, 1, Method.QUEUE_DECLARE_OK) + count(client, 2, Method.QUEUE_DECLARE_OK))
                .isEqualTo(times);
    }

    @Test
    void methodsWithoutAnswersAreBounded() throws Exception {
        Rig rig = rig();
        rig.broker.acceptsUnscripted = true;
        TestClient client = clientOfSlowBroker(rig, 1);
        for (int i = 0; i < 1000; i++) {
            client.write(
                    1,
                    Method.QUEUE_PURGE,
                    writer -> writer.shortInt(0).shortString("q").octet(1));
        }
        client.write(1, Method.CHANNEL_FLOW, writer -> writer.octet(1));
        rig.run();

        assertThat(atBroker(rig, Method.QUEUE_PURGE)).isBetween(1L, 70L);
        handleAll(rig);
        assertThat(client.hears(Method.CHANNEL_FLOW_OK)).isTrue();
    }

    @Test
    void messagesThatAreAskedForAreBounded() throws Exception {
        Rig rig = rig();
        TestClient client = clientOfSlowBroker(rig, 1);
        int times = 200;
        for (int i = 0; i < times; i++) {
            rig.broker.existing("q").messages.add(new BrokerQueue.Message("", "q", header(READ), new byte[READ]));
        }
        for (int i = 0; i < times; i++) {
            client.get(1, "q", true);
        }
        rig.run();

        assertThat(atBroker(rig, Method.BASIC_GET)).isBetween(1L, 4L);
        client.link().clogged = true;
        handleAll(rig);
        assertThat(client.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + 4L * READ);
        client.link().unclog();
        rig.run();
        assertThat(count(client, 1, Method.BASIC_GET_OK)).isEqualTo(times);
    }

    @Test
    void manySmallMessagesMayBeAskedForAtATime() throws Exception {
        Rig rig = rig();
        TestClient client = clientOfSlowBroker(rig, 1);
        rig.broker.prompt = true;
        for (int i = 0; i < 40; i++) {
            client.get(1, "q", true);
        }
        rig.run();
        rig.broker.prompt = false;
        for (int i = 0; i < 100; i++) {
            client.get(1, "q", true);
        }
        rig.run();
        assertThat(atBroker(rig, Method.BASIC_GET)).isEqualTo(64);
        handleAll(rig);
        assertThat(count(client, 1, Method.BASIC_GET_OK) + count(client, 1, Method.BASIC_GET_EMPTY))
                .isEqualTo(140);
    }

    @Test
    void aConsumerThatLeavesMuchUnreadMayStillAcknowledge() {
        options.maxClientBacklog = 4 * Settings.OWNED_BACKLOG;
        Rig rig = rig();
        TestClient other = rig.open();
        other.openChannel(1).qos(1, 10, false).consume(1, "other", "tag", false);
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 30, false).consume(1, "q", "tag", false);
        rig.run();
        client.link().clogged = true;
        TestClient publisher = publisher(rig);
        for (int i = 0; i < 30; i++) {
            publisher.publish(1, "q", MESSAGE);
        }
        rig.run();
        assertThat(client.link().session().out().size()).isGreaterThan(Settings.OWNED_BACKLOG);

        client.ack(1, 3, true);
        client.openChannel(2).get(2, "other", true);
        rig.run();
        assertThat(client.bodies()).hasSizeLessThan(30 * MESSAGE.length());
        assertThat(rig.broker.existing("q").messages).isEmpty();
        publisher.publish(1, "q", "a").publish(1, "q", "b").publish(1, "q", "c").publish(1, "q", "d");
        rig.run();
        assertThat(rig.broker.existing("q").messages)
                .as("three were acknowledged")
                .hasSize(1);
        client.link().unclog();
        rig.run();
        assertThat(client.hears(Method.BASIC_GET_EMPTY)).isTrue();
    }

    @Test
    void whatGoesBackToItsQueueAgainAndAgainIsBounded() {
        options.maxClientBacklog = 64 * Settings.OWNED_BACKLOG;
        Rig rig = rig();
        TestClient other = rig.open();
        other.openChannel(1).qos(1, 10, false).consume(1, "other", "tag", false);
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 3, false).consume(1, "q", "tag", false);
        publisher(rig).publish(1, "q", MESSAGE).publish(1, "q", MESSAGE).publish(1, "q", MESSAGE);
        rig.run();
        client.link().clogged = true;
        for (int i = 0; i < 100; i++) {
            client.write(1, Method.BASIC_NACK, writer -> writer.longLong(0).octet(3));
            rig.run();
        }
        assertThat(client.link().session().out().size()).isLessThan(Settings.OWNED_BACKLOG + 4L * MESSAGE.length());

        client.link().unclog();
        rig.run();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(count(client, 1, Method.BASIC_DELIVER)).isGreaterThan(100);
    }
}
