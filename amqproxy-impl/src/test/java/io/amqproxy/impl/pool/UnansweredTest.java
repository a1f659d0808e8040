package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.wire.Method;
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
}
