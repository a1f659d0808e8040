package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The broker remembers in a channel what its user may do, so that no channel serves one client after another for long.
 */
class ChannelAgeTest {

    private static final Duration AGE = Duration.ofSeconds(10);
    private static final Duration LESS = Duration.ofSeconds(6);

    private final Rig rig;

    ChannelAgeTest() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        options.maxChannelAge = AGE;
        rig = new Rig(options);
        rig.broker.queue("q");
    }

    private void publishAndLeave() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "message").close();
        rig.run();
    }

    private long opened() {
        return rig.broker.only().count(Method.CHANNEL_OPEN);
    }

    @Test
    void aChannelServesUntilItHasItsAge() {
        publishAndLeave();
        rig.pass(LESS);
        publishAndLeave();
        assertThat(opened()).isEqualTo(1);
        rig.pass(LESS);
        publishAndLeave();

        assertThat(opened()).isEqualTo(2);
        assertThat(rig.broker.only().channels).as("the old one is closed").hasSize(1);
        assertThat(rig.broker.bodies()).hasSize(3);
    }

    @Test
    void aClientKeepsItsChannelHoweverOldItIs() {
        rig.broker.product = "RabbitMQ"; // Another one would be asked first whether it answers fences.
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "message");
        rig.run();
        rig.pass(AGE);
        client.publish(1, "q", "message");
        rig.run();
        assertThat(opened()).isEqualTo(1);
        client.closeChannel(1);
        rig.run();

        assertThat(rig.broker.only().channels).as("nobody else gets it").isEmpty();
        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
        assertThat(rig.broker.bodies()).hasSize(2);
    }

    @Test
    void aRightThatIsMissingAgesAllChannelsOfThePool() {
        TestClient keeper = rig.open();
        keeper.openChannel(1).publish(1, "q", "message");
        rig.run();
        publishAndLeave();
        TestClient refused = rig.open();
        rig.broker.refusesUnscripted = true;
        refused.openChannel(1)
                .publish(1, "q", "message")
                .write(
                        1,
                        Method.QUEUE_PURGE,
                        writer -> writer.shortInt(0).shortString("q").octet(0));
        rig.run();
        assertThat(refused.closeHeard(1).code()).isEqualTo(403);
        assertThat(opened()).isEqualTo(2);
        rig.pass(Duration.ofMillis(1));
        keeper.closeChannel(1);
        rig.run();
        assertThat(rig.broker.only().channels).isEmpty();
        publishAndLeave();
        publishAndLeave();

        assertThat(opened()).as("one more serves from now on").isEqualTo(3);
    }
}
