package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one client leaves on an upstream channel never reaches the next. */
class ReuseTest {

    private final Rig.Options options = new Rig.Options();

    @Test
    void aChannelServesTheNextClientAfterItsFence() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        for (int i = 0; i < 5; i++) {
            TestClient client = rig.open();
            client.openChannel(1).publish(1, "q", "m" + i).closeChannel(1).close();
            rig.run();
            assertThat(client.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.CHANNEL_CLOSE_OK);
            assertThat(client.ended).isTrue();
        }

        assertThat(rig.broker.bodies()).containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(rig.broker.only().count(Method.CHANNEL_OPEN)).isEqualTo(1);
        assertThat(rig.broker.only().count(Method.CHANNEL_FLOW)).isEqualTo(5);
        assertThat(rig.pool().channelsIdle()).isEqualTo(1);
    }

    @Test
    void aBrokerThatRefusesTheFenceIsAskedOnceAndItsChannelsAreClosedInstead() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        rig.broker.refusesFlow = true;
        for (int i = 0; i < 4; i++) {
            TestClient client = rig.open();
            client.openChannel(1).publish(1, "q", "m" + i).closeChannel(1).close();
            rig.run();
            assertThat(client.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.CHANNEL_CLOSE_OK);
        }

        assertThat(rig.broker.bodies()).containsExactly("m0", "m1", "m2", "m3");
        assertThat(rig.broker.only().count(Method.CHANNEL_FLOW)).isEqualTo(1);
        assertThat(rig.broker.only().count(Method.CHANNEL_OPEN)).isEqualTo(4);
        assertThat(rig.pool().channelsIdle()).isZero();
    }

    private Rig retiring() {
        options.credentialTtl = Duration.ofMinutes(1);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private static TestClient publishesUntilItsUpstreamIsRetired(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "first");
        rig.pass(Duration.ofMinutes(2));
        return client;
    }

    @Test
    void newClientsFindAPlaceWhileARetiredUpstreamStillServes() {
        Rig rig = retiring();
        publishesUntilItsUpstreamIsRetired(rig);

        TestClient second = rig.open();
        second.openChannel(1).publish(1, "q", "second");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
    }

    @Test
    void aClientOnARetiredUpstreamFindsAPlaceForItsNextChannel() {
        Rig rig = retiring();
        TestClient first = publishesUntilItsUpstreamIsRetired(rig);
        rig.open();
        first.openChannel(2).publish(2, "q", "second").openChannel(3).declare(3, "other", false);
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
        assertThat(first.methods(3)).containsExactly(Method.CHANNEL_OPEN_OK, Method.QUEUE_DECLARE_OK);
    }

    @Test
    void aFullPoolTakesNewClientsWhenTheProofIsOld() {
        options.maxConnections = 1;
        Rig rig = retiring();
        publishesUntilItsUpstreamIsRetired(rig);

        TestClient second = rig.open();
        rig.pass(Duration.ofSeconds(30));
        assertThat(second.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        second.openChannel(1).publish(1, "q", "second");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
    }

    @Test
    void aMessageThatWasGotByAClientThatLeftReachesNobodyElse() {
        Rig rig = new Rig();
        rig.broker.queue("q");
        TestClient first = rig.open();
        first.openChannel(1).publish(1, "q", "secret");
        rig.run();
        FakeLink upstream = rig.links.get(1);
        first.get(1, "q", true);
        first.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        upstream.moveToPeer(Integer.MAX_VALUE);
        // Only get-ok itself arrives, neither header nor body.
        upstream.moveToSession(upstream.waitingForSession() - 22 - 14);
        first.closeChannel(1);
        first.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();

        TestClient second = rig.connect();
        second.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        second.write(TestClient.tuneOk(100, 128 * 1024, 0)).write(TestClient.openVhost("/"));
        second.openChannel(1).publish(1, "q", "mine");
        second.link().moveToSession(Integer.MAX_VALUE);
        rig.run();

        assertThat(second.bodies()).isEmpty();
        assertThat(rig.broker.bodies()).isEqualTo(List.of("secret", "mine"));
    }

    /** RabbitMQ's channel looks at its time-outs once more when it has handled a close: it says both. */
    @Test
    void aChannelThatTheBrokerClosesForNoMethodWhileItIsClosedCostsNobodyTheConnection() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        Rig rig = new Rig(options);
        rig.broker.product = "RabbitMQ";
        rig.broker.queue("q");
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        TestClient neighbour = rig.open();
        neighbour.openChannel(1).publish(1, "q", "before");
        rig.run();
        rig.broker.isOverdueWhileClosing = true;
        consumer.close();
        rig.run();
        rig.broker.isOverdueWhileClosing = false;
        TestClient next = rig.open();
        next.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();

        assertThat(next.bodies()).isEqualTo("before");
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.only().channels)
                .as("a number of which nobody knows is not used")
                .doesNotContainKey(1);
    }
}
