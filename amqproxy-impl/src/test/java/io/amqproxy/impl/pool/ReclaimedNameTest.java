package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Exclusive queues of clients that share their upstream: what is deleted when one of them leaves is its own and nobody
 * else's, whatever has become of the name.
 */
class ReclaimedNameTest {

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();
    private TestClient neighbour = rig.open();

    @BeforeEach
    void oneUpstream() {
        start();
    }

    private void start() {
        rig = new Rig(options);
        neighbour = confirming();
    }

    /** A client whose channel is tied to the upstream that it shares with others. */
    private TestClient confirming() {
        TestClient client = rig.open();
        client.openChannel(1).select(1);
        rig.run();
        return client;
    }

    private static byte[] delete(String queue, boolean quietly) {
        return Frames.method(
                1,
                Method.QUEUE_DELETE,
                writer -> writer.shortInt(0).shortString(queue).octet(quietly ? 1 << 2 : 0));
    }

    private Upstream shared() {
        return rig.registry.pools().iterator().next().all().get(0);
    }

    private void handleAll() throws AmqpException {
        for (boolean busy = true; busy; ) {
            busy = false;
            rig.run();
            for (ScriptedBroker.Connection connection : rig.broker.connections) {
                for (BrokerChannel channel : List.copyOf(connection.channels.values())) {
                    while (channel.hasWork()) {
                        channel.handleNext();
                        busy = true;
                    }
                }
            }
        }
    }

    private void othersUseTheName() {
        neighbour.declare(1, "x", false);
        for (int i = 0; i < 10; i++) {
            neighbour.publish(1, "x", "m" + i);
        }
        rig.run();
        assertThat(neighbour.tags(Method.BASIC_ACK)).hasSize(10);
    }

    private void assertThatTheNameIsTheOthers() {
        rig.run();
        assertThat(rig.broker.existing("x").messages).hasSize(10);
        assertThat(neighbour.ended).isFalse();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void aQueueThatItsClientDeletedIsNobodysAnyMore() {
        for (boolean quietly : new boolean[] {false, true}) {
            start();
            TestClient client = confirming();
            client.declare(1, "x", true).write(delete("x", quietly));
            rig.run();
            assertThat(client.hears(Method.QUEUE_DELETE_OK)).isNotEqualTo(quietly);
            othersUseTheName();
            client.close();

            assertThatTheNameIsTheOthers();
            assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
        }
    }

    @Test
    void norIsOneThatExpired() {
        TestClient client = confirming();
        client.declare(1, "x", true);
        rig.run();
        rig.broker.queues.remove("x");
        othersUseTheName();
        client.close();

        assertThatTheNameIsTheOthers();
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
    }

    @Test
    void whatTheBrokerHasNotAnsweredYetIsTheClients() throws AmqpException {
        TestClient client = confirming();
        rig.broker.prompt = false;
        client.declare(1, "x", true).write(delete("x", true)).vanish();
        handleAll();
        rig.broker.prompt = true;
        othersUseTheName();

        assertThatTheNameIsTheOthers();
    }

    /** It would be deleted under another client if the deletion overtook what its own client had sent. */
    @Test
    void aQueueIsDeletedWhenAllThatItsClientSentIsHandled() throws AmqpException {
        TestClient client = confirming();
        client.declare(1, "x", true);
        rig.run();
        rig.broker.prompt = false;
        client.write(delete("x", true)).vanish();
        rig.run();
        assertThat(rig.broker.only().channels).hasSize(2);
        BrokerChannel channel = rig.broker.only().channel(2);
        channel.handleNext();
        assertThat(rig.broker.queues).doesNotContainKey("x");
        rig.broker.prompt = true;
        othersUseTheName();
        handleAll();

        assertThatTheNameIsTheOthers();
    }

    @Test
    void aQueueWithoutANameOfItsOwnIsForgottenToo() {
        TestClient client = confirming();
        client.declare(1, "", true).write(delete("", false));
        rig.run();

        assertThat(rig.broker.queues).isEmpty();
        assertThat(shared().ties().holders()).isEmpty();
    }

    @Test
    void namesThatAreDeclaredAndDeletedAreNotKept() {
        TestClient client = confirming();
        for (int i = 0; i < 10_000; i++) {
            client.declare(1, "x" + i, true).write(delete("x" + i, i % 2 == 0));
        }
        rig.run();

        assertThat(shared().ties().holders()).isEmpty();
    }

    @Test
    void aQueueWithArgumentsIsDeleted() {
        TestClient client = confirming();
        client.declare(1, "x", true, Map.of("x-expires", 60_000, "x-max-length", 5));
        rig.run();
        assertThat(rig.broker.queues).containsKey("x");
        client.close();
        rig.run();

        assertThat(rig.broker.queues).isEmpty();
        assertThat(client.ended).isTrue();
    }

    @Test
    void aQueueThatANeighbourHasTooStaysUntilThatLeaves() {
        TestClient one = confirming();
        TestClient two = confirming();
        one.declare(1, "x", true);
        rig.run();
        two.declare(1, "x", true);
        rig.run();
        one.close();
        rig.run();
        assertThat(one.ended).isTrue();
        assertThat(rig.broker.queues).containsKey("x");

        two.close();
        rig.run();
        assertThat(rig.broker.queues).isEmpty();
    }

    @Test
    void aNeighbourThatDeclaresTheNameMeanwhileGetsANewQueue() throws AmqpException {
        TestClient client = confirming();
        client.declare(1, "x", true).publish(1, "x", "of the one that left");
        rig.run();
        rig.broker.prompt = false;
        client.close();
        handleUntilTheDeletionIsSent();
        neighbour.declare(1, "x", true);
        handleAll();
        rig.broker.prompt = true;
        rig.run();

        assertThat(neighbour.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(rig.broker.existing("x").messages).isEmpty();
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
    }

    private void handleUntilTheDeletionIsSent() throws AmqpException {
        rig.run();
        while (rig.broker.only().count(Method.QUEUE_DELETE) == 0) {
            rig.broker.only().channel(2).handleNext();
            rig.run();
        }
        assertThat(rig.broker.queues).containsKey("x");
    }

    @Test
    void oneThatHasMoreThanIsKeptInMindKeepsThemUntilTheConnectionEnds() {
        TestClient client = confirming();
        for (int i = 0; i < 1_000; i++) {
            client.declare(1, "x" + i, true);
        }
        rig.run();
        assertThat(rig.broker.queues).hasSize(1_000);
        client.close();
        rig.run();
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
        assertThat(shared().isRetired()).isTrue();
        assertThat(neighbour.ended).isFalse();

        neighbour.close();
        rig.run();
        assertThat(rig.broker.queues).isEmpty();
    }

    @Test
    void aDeletionWaitsForAChannelThatTheBrokerAllows() {
        options.maxConnections = 1;
        options.channelMax = 2;
        options.maxIdleChannels = 0;
        start();
        TestClient client = confirming();
        client.declare(1, "x", true);
        rig.run();
        assertThat(rig.broker.queues).containsKey("x");
        client.close();
        rig.run();
        assertThat(rig.broker.queues).isEmpty();
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();

        TestClient next = confirming();
        next.declare(1, "y", true);
        rig.run();
        assertThat(rig.broker.queues).containsKey("y");
        next.vanish();
        rig.run();
        assertThat(rig.broker.queues).isEmpty();
        assertThat(neighbour.ended).isFalse();
    }
}
