package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.client.Amqp091Client;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who writes without reading hears of the end by a reset; who reads hears why. */
class ForcedCloseTest {

    private static final Duration ROUND_TRIP = Duration.ofMillis(20);
    private static final Duration TIME_TO_READ = Duration.ofSeconds(1);

    private final Rig rig = new Rig();

    ForcedCloseTest() {
        rig.broker.queue("q");
    }

    /** A client whose answers take their time. */
    private TestClient open() {
        TestClient client = rig.connect();
        client.write(Frames.HEADER);
        rig.pass(ROUND_TRIP);
        client.write(TestClient.startOk("guest", "guest", true));
        rig.pass(ROUND_TRIP);
        client.write(TestClient.tuneOk(100, client.frameMax, 0)).write(TestClient.openVhost("/"));
        rig.run();
        return client;
    }

    private void close(TestClient client) {
        ((Amqp091Client) client.link().session()).close(CloseCause.byProxy(CloseCause.Kind.FORCED, "for a test"));
        rig.run();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aPublisherThatDoesNotReadIsResetAsSoonAsItCanKnow() {
        TestClient client = open();
        client.openChannel(1).publish(1, "q", "one");
        rig.run();
        close(client);

        rig.pass(ROUND_TRIP.minusNanos(1));
        assertThat(client.ended).isFalse();
        rig.pass(Duration.ofNanos(1));
        assertThat(client.ended).isTrue();
        assertThat(client.link().wasReset).isTrue();
    }

    @Test
    void aPublisherThatAwaitsConfirmsHasTheTimeToAnswer() {
        TestClient client = open();
        client.openChannel(1).select(1).publish(1, "q", "one");
        rig.run();
        close(client);
        rig.pass(TIME_TO_READ);
        assertThat(client.ended).isFalse();

        client.write(0, Method.CONNECTION_CLOSE_OK);
        rig.run();
        assertThat(client.ended).isTrue();
        assertThat(client.link().wasReset).isFalse();
    }

    @Test
    void whoHasBrokenTheProtocolCanReadOfThatLater() {
        TestClient client = open();
        client.openChannel(1).publish(1, "q", "one").openChannel(1);
        rig.pass(TIME_TO_READ);
        assertThat(client.closeHeard(0).code()).isEqualTo(504);
        assertThat(client.ended).isFalse();

        client.publish(1, "q", "two");
        rig.pass(Duration.ZERO);
        assertThat(client.link().wasReset).isTrue();
    }

    @Test
    void whatAClientThatReadsSendsForASecondDoesNotResetIt() {
        TestClient client = open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        close(client);
        client.publish(1, "q", "crosses");
        rig.pass(TIME_TO_READ.minusNanos(1));
        client.write(0, Method.CONNECTION_CLOSE_OK);
        rig.run();

        assertThat(client.ended).isTrue();
        assertThat(client.link().wasReset).isFalse();
    }

    @Test
    void aPublisherThatAwaitsConfirmsMayGoOnForASecond() {
        TestClient client = open();
        client.openChannel(1).select(1).publish(1, "q", "one");
        rig.run();
        close(client);
        client.publish(1, "q", "crosses");
        rig.pass(TIME_TO_READ.minusNanos(1));
        assertThat(client.ended).isFalse();

        rig.pass(Duration.ofNanos(1));
        assertThat(client.link().wasReset).isTrue();
    }

    @Test
    void aConsumerThatBeginsToPublishAfterItsEndIsResetByThat() {
        TestClient client = open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        close(client);
        rig.pass(TIME_TO_READ);
        assertThat(client.ended).isFalse();

        client.publish(1, "q", "late");
        rig.pass(Duration.ZERO);
        assertThat(client.link().wasReset).isTrue();
        assertThat(rig.broker.published).isEmpty();
    }

    @Test
    void whoNeitherReadsNorWritesIsResetInTheEnd() {
        TestClient client = open();
        close(client);
        rig.pass(Duration.ofSeconds(5).minusNanos(1));
        assertThat(client.ended).isFalse();
        rig.pass(Duration.ofNanos(1));
        assertThat(client.link().wasReset).isTrue();
    }

    @Test
    void whoIsSilentForTwoHeartbeatsIsReset() {
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(100, client.frameMax, 1)).write(TestClient.openVhost("/"));
        rig.pass(Duration.ofSeconds(2));
        assertThat(client.link().wasReset).isTrue();
    }

    @Test
    void whoIsNotReadOnPurposeIsNotSilent() {
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(100, client.frameMax, 1)).write(TestClient.openVhost("/"));
        rig.run();
        client.link().keepsUnread = true;
        for (int i = 0; i < 100; i++) {
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(client.ended).isFalse();
        client.link().keepsUnread = false;
        rig.pass(Duration.ofSeconds(2));
        assertThat(client.link().wasReset).isTrue();
    }

    @Test
    void whoDoesNotLogInInTimeIsReset() {
        TestClient client = rig.connect();
        rig.pass(Duration.ofSeconds(10));
        assertThat(client.link().wasReset).isTrue();
    }
}
