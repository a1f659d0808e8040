package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exclusive queues of several clients on one upstream: of channels that are in confirm mode, and therefore stay where
 * they are.
 */
class SharedExclusiveQueuesTest {

    private final Rig rig = new Rig();

    private TestClient confirming() {
        TestClient client = rig.open();
        client.openChannel(1).select(1);
        rig.run();
        return client;
    }

    private static void handleAll(Rig rig) throws AmqpException {
        for (ScriptedBroker.Connection connection : rig.broker.connections) {
            for (BrokerChannel channel : List.copyOf(connection.channels.values())) {
                while (channel.hasWork()) {
                    channel.handleNext();
                }
            }
        }
    }

    @Test
    void eachClientKeepsItsQueueUntilItLeaves() {
        TestClient one = confirming();
        TestClient two = confirming();
        one.declare(1, "one's", true);
        two.declare(1, "two's", true);
        rig.run();
        assertThat(rig.broker.only().count(Method.QUEUE_DECLARE)).isEqualTo(2);
        assertThat(rig.broker.queues).containsOnlyKeys("one's", "two's");

        one.close();
        rig.run();
        assertThat(rig.broker.queues).containsOnlyKeys("two's");

        two.close();
        rig.run();
        assertThat(rig.broker.queues).isEmpty();
        assertThat(one.ended).isTrue();
        assertThat(two.ended).isTrue();
    }

    @Test
    void allOfAClientsChannelsReachItsQueue() {
        TestClient one = confirming();
        TestClient two = confirming();
        one.declare(1, "one's", true);
        two.declare(1, "two's", true);
        rig.run();

        two.openChannel(2).consume(2, "two's", "tag", true);
        two.openChannel(3).get(3, "two's", true);
        one.openChannel(2).consume(2, "one's", "tag", true);
        rig.run();

        assertThat(two.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
        assertThat(two.methods(3)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_GET_EMPTY);
        assertThat(one.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
    }

    @Test
    void aClosedConnectionIsConfirmedWhenItsQueuesAreGone() throws AmqpException {
        TestClient neighbour = confirming();
        TestClient client = confirming();
        client.declare(1, "own", true);
        rig.run();
        rig.broker.prompt = false;

        client.close();
        rig.run();
        assertThat(rig.broker.queues).containsKey("own");
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isFalse();

        handleAll(rig);
        rig.run();
        handleAll(rig);
        rig.run();
        assertThat(rig.broker.queues).isEmpty();
        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isTrue();
        assertThat(neighbour.ended).isFalse();
    }

    /** The only connection that there may be is reserved for nobody, so that nothing else keeps it. */
    @Test
    void aRetiredConnectionStaysForAQueueThatItsClientIsAboutToHave() throws AmqpException {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        Rig rig = new Rig(options);
        TestClient client = rig.open();
        rig.broker.prompt = false;
        client.openChannel(1).declare(1, "own", true);
        rig.run();
        ((InboundSession) client.link().session()).failChannels((channel, queues) -> true, 406, "for a test");
        client.write(1, Method.CHANNEL_CLOSE_OK);
        assertThat(rig.registry.drain("guest", "/")).isOne();
        rig.run();
        handleAll(rig);
        rig.run();

        assertThat(rig.broker.queues).containsKey("own");
        rig.broker.prompt = true;
        client.openChannel(2).get(2, "own", true);
        rig.run();
        assertThat(client.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_GET_EMPTY);
    }

    @Test
    void nobodyComesUponTheQueueOfAClientThatVanished() throws AmqpException {
        TestClient neighbour = confirming();
        TestClient client = confirming();
        client.declare(1, "own", true);
        rig.run();
        rig.broker.prompt = false;
        client.vanish();
        rig.run();

        TestClient next = confirming();
        next.declare(1, "own", true);
        rig.run();
        handleAll(rig);
        rig.broker.prompt = true;
        rig.run();

        assertThat(next.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(rig.broker.queues).containsKey("own");
        assertThat(neighbour.ended).isFalse();
    }

    /** However it is shared, the connection that is being replaced is the only one where the queue can be used. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aQueueIsReachedOnANewChannelWhileItsConnectionIsBeingReplaced(int mostConnections) {
        Rig.Options options = new Rig.Options();
        options.maxConnections = mostConnections;
        Rig rig = new Rig(options);
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "own", true);
        rig.run();
        rig.registry.drain("guest", "/");
        client.openChannel(2).qos(2, 1, false).consume(2, "own", "tag", false);
        rig.run();

        assertThat(client.methods(2))
                .containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_QOS_OK, Method.BASIC_CONSUME_OK);
        client.closeChannel(1).closeChannel(2).openChannel(3).get(3, "own", true);
        rig.run();
        assertThat(client.methods(3)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_GET_EMPTY);
    }
}
