package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A broker whose channels get stuck, as those of RabbitMQ do at a quorum queue without a leader, while the connection
 * lives: nothing that a client left there is waited for without end.
 */
class UnansweredTest {

    private static final Duration BOUND = Duration.ofSeconds(30);
    private static final Duration LITTLE = Duration.ofSeconds(1);

    private final Rig.Options options = new Rig.Options();
    private final Rig rig;

    UnansweredTest() {
        options.idleTimeout = Duration.ofHours(1);
        rig = new Rig(options);
        rig.broker.queue("q");
    }

    private TestClient publisher() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "first");
        rig.run();
        return client;
    }

    private TestClient consumer() {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    /** The connection that was opened last. */
    private ScriptedBroker.Connection newest() {
        return rig.broker.connections.get(rig.broker.connections.size() - 1);
    }

    /** Channels that get something to do meanwhile never do it, unless they get more. */
    private void whileStuck(Runnable what) {
        rig.broker.prompt = false;
        what.run();
        rig.run();
        rig.broker.prompt = true;
    }

    private static void assertServed(TestClient client) {
        assertThat(client.ended).isFalse();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aChannelWhoseFenceIsNotAnsweredIsClosedThoughNothingElseHappens() {
        TestClient client = publisher();
        ScriptedBroker.Connection upstream = rig.broker.only();
        whileStuck(() -> client.closeChannel(1));

        rig.pass(BOUND.minus(LITTLE));
        assertThat(upstream.count(Method.CHANNEL_CLOSE)).isZero();
        rig.pass(LITTLE);

        assertThat(upstream.count(Method.CHANNEL_CLOSE)).isEqualTo(1);
    }

    /** It was opened to be asked on, as it was not known whether the broker answers. */
    @Test
    void theFirstChannelThatIsAskedOnIsClosedThoughNothingElseHappens() {
        rig.broker.ignoresFlow = true;
        publisher();
        ScriptedBroker.Connection upstream = rig.broker.only();
        rig.pass(LITTLE);
        assertThat(upstream.count(Method.CHANNEL_FLOW)).isEqualTo(1);

        rig.pass(BOUND.minus(LITTLE));
        assertThat(upstream.count(Method.CHANNEL_CLOSE)).isZero();
        rig.pass(LITTLE);

        assertThat(upstream.count(Method.CHANNEL_CLOSE)).isEqualTo(1);
    }

    @Test
    void aChannelWhoseConfirmsStayAwayIsClosedAfterItsClientHasGone() {
        TestClient client = rig.open();
        client.openChannel(1).select(1);
        rig.run();
        ScriptedBroker.Connection upstream = rig.broker.only();
        whileStuck(() -> client.publish(1, "q", "unconfirmed"));
        rig.pass(BOUND.plus(BOUND));
        assertServed(client);
        assertThat(upstream.count(Method.CHANNEL_CLOSE)).isZero();

        whileStuck(client::vanish);
        rig.pass(BOUND);

        assertThat(upstream.count(Method.CHANNEL_CLOSE)).isEqualTo(1);
    }

    @Test
    void aConnectionThatDoesNotAnswerACloseEndsWhenNobodyIsThere() {
        TestClient client = consumer();
        ScriptedBroker.Connection upstream = newest();
        whileStuck(client::vanish);
        rig.pass(BOUND.minus(LITTLE));
        assertThat(rig.pool().channelsLeased()).isEqualTo(1);
        assertThat(upstream.open).isTrue();

        rig.pass(LITTLE);

        assertThat(upstream.open).isFalse();
        assertThat(rig.pool().channelsLeased()).isZero();
    }

    @Test
    void whoHasAChannelThereKeepsItAndNewOnesComeElsewhere() {
        TestClient staying = consumer();
        TestClient leaving = consumer();
        ScriptedBroker.Connection upstream = newest();
        whileStuck(leaving::vanish);
        rig.pass(BOUND.plus(BOUND));
        TestClient coming = consumer();
        assertThat(upstream.count(Method.BASIC_CONSUME)).isEqualTo(2);
        assertThat(newest().count(Method.BASIC_CONSUME)).isEqualTo(1);
        assertThat(upstream.open).isTrue();
        assertServed(staying);
        assertServed(coming);

        staying.close();
        rig.run();

        assertThat(upstream.open).isFalse();
        assertServed(coming);
    }

    @Test
    void aClientMayWaitForTheEndOfItsChannelAsLongAsItLikes() {
        TestClient client = consumer();
        ScriptedBroker.Connection upstream = newest();
        whileStuck(() -> client.closeChannel(1));
        rig.pass(BOUND.multipliedBy(10));
        assertServed(client);
        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isFalse();
        assertThat(upstream.open).isTrue();

        client.vanish();
        rig.run();

        assertThat(upstream.open).isFalse();
        assertThat(rig.pool().channelsLeased()).isZero();
    }

    @Test
    void anAnswerThatComesLateEndsTheWaiting() throws Exception {
        TestClient client = consumer();
        ScriptedBroker.Connection upstream = newest();
        BrokerChannel stuck = upstream.channel(1);
        whileStuck(() -> client.closeChannel(1));
        rig.pass(BOUND.plus(BOUND));

        stuck.handleNext();
        rig.run();

        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
        assertThat(upstream.open).isFalse();
        client.openChannel(1).publish(1, "q", "goes on");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("goes on");
    }

    @Test
    void aConnectionOfOneClientsOwnEndsToo() {
        TestClient client = rig.open();
        client.openChannel(1).consume(1, "q", "tag", true);
        rig.run();
        ScriptedBroker.Connection upstream = newest();
        whileStuck(client::vanish);

        rig.pass(BOUND);

        assertThat(upstream.open).isFalse();
    }

    @Test
    void queuesThatAreDeletedForAClientThatLeftHoldNothingUp() {
        options.maxConnections = 1;
        rig.reload();
        TestClient other = publisher();
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "mine", true);
        rig.run();
        whileStuck(client::vanish);
        rig.pass(BOUND.plus(BOUND));
        assertServed(other);

        other.close();
        rig.run();

        assertThat(rig.broker.openConnections()).isZero();
    }

    @Test
    void whileTheBrokerHoldsPublishersBackItOwesNoAnswer() {
        TestClient publisher = publisher();
        ScriptedBroker.Connection upstream = rig.broker.only();
        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held").publish(1, "q", "behind").close();
        rig.pass(BOUND.multipliedBy(20));
        assertThat(upstream.open).isTrue();

        rig.broker.haveMemoryAgain();
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("first", "held", "behind");
        rig.pass(BOUND.multipliedBy(2));
        assertThat(upstream.open).isTrue();
        assertThat(rig.pool().channelsLeased()).isZero();
    }

    @Test
    void aConnectionThatIsReplacedIsNotClosedBeforeWhatIsHeldBackThere() {
        TestClient publisher = publisher();
        ScriptedBroker.Connection upstream = rig.broker.only();
        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held").publish(1, "q", "behind").close();
        rig.run();
        rig.registry.drain("guest", "/");
        rig.pass(BOUND.multipliedBy(20));
        assertThat(upstream.open).isTrue();

        rig.broker.haveMemoryAgain();
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("first", "held", "behind");
        assertThat(upstream.open).isFalse();
    }

    @Test
    void itOwesAnswersAnewWhenItHoldsNobodyBack() {
        TestClient publisher = publisher();
        TestClient other = consumer();
        ScriptedBroker.Connection upstream = rig.broker.connections.get(0);
        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held").close();
        rig.pass(BOUND.multipliedBy(20));
        rig.broker.prompt = false;
        rig.broker.haveMemoryAgain();
        rig.pass(BOUND.minus(LITTLE));
        assertThat(upstream.open).isTrue();

        rig.pass(LITTLE);

        assertThat(upstream.open).isFalse();
        assertServed(other);
    }
}
