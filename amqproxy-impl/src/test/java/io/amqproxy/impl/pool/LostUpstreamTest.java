package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Connections to the broker are lost: who has something at stake is told, and who has not notices nothing. */
class LostUpstreamTest {

    private final Rig rig = new Rig();

    @Test
    void aPublisherWithConfirmsCountsOnWhereEverythingWasConfirmed() {
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).select(1).publish(1, "q", "m1").publish(1, "q", "m2");
        rig.run();
        rig.broker.only().drop();
        rig.run();
        client.publish(1, "q", "m3").publish(1, "q", "m4");
        rig.pass(Duration.ofSeconds(5));

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L, 2L, 3L, 4L);
        assertThat(client.methods(1)).containsOnlyOnce(Method.CONFIRM_SELECT_OK);
        assertThat(rig.broker.bodies()).containsExactly("m1", "m2", "m3", "m4");
        assertThat(rig.broker.only().count(Method.CONFIRM_SELECT)).isEqualTo(1);
    }

    @Test
    void whoseOwnConnectionIsLostGetsAnother() {
        Rig.Options options = new Rig.Options();
        options.policy = new ExclusivePolicy();
        options.maxConnections = 2;
        Rig own = new Rig(options);
        own.broker.queue("q");
        TestClient client = own.open();
        for (int i = 1; i <= 3; i++) {
            client.openChannel(1).select(1).publish(1, "q", "m" + i);
            own.pass(Duration.ofSeconds(5));
            client.closeChannel(1);
            own.run();
            own.broker.only().drop();
            own.run();
        }

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(own.broker.bodies()).containsExactly("m1", "m2", "m3");
    }

    @Test
    void thatMayHappenAgainAndAgainAndBesideOthers() {
        rig.broker.queue("q");
        TestClient other = rig.open().openChannel(1).select(1).publish(1, "q", "o");
        TestClient client = rig.open();
        client.openChannel(7).select(7);
        for (int i = 1; i <= 5; i++) {
            client.publish(7, "q", "m" + i);
            rig.pass(Duration.ofSeconds(5));
            rig.broker.only().drop();
            rig.run();
            other.closeChannel(1).openChannel(1).select(1).publish(1, "q", "o");
            rig.pass(Duration.ofSeconds(5));
        }

        assertThat(client.tags(Method.BASIC_ACK)).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(other.tags(Method.BASIC_ACK)).isEqualTo(List.of(1L, 1L, 1L, 1L, 1L, 1L));
    }

    /** It may have been a restart, and only the client can declare them again. */
    @Test
    void whoHasDeclaredWhatIsNotDurableIsTold() {
        TestClient ofQueue = rig.open().openChannel(1).declare(1, "transient", false);
        TestClient ofExchange = rig.open().openChannel(1).declareExchange(1, "transient", "direct");
        TestClient neither = rig.open().openChannel(1);
        neither.write(
                1,
                Method.QUEUE_DECLARE,
                writer ->
                        writer.shortInt(0).shortString("durable").octet(1 << 1).table(Map.of()));
        neither.write(
                1,
                Method.QUEUE_DECLARE,
                writer -> writer.shortInt(0).shortString("transient").octet(1).table(Map.of()));
        rig.run();
        assertThat(neither.methods(1)).contains(Method.QUEUE_DECLARE_OK);
        rig.broker.only().drop();
        rig.run();

        assertThat(ofQueue.closeHeard(0).code()).isEqualTo(320);
        assertThat(ofExchange.closeHeard(0).code()).isEqualTo(320);
        assertThat(neither.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aConnectionThatTheBrokerClosesForAnOffenceWasNoRestart() {
        TestClient innocent = rig.open().openChannel(1).declare(1, "transient", false);
        TestClient offender = rig.open().openChannel(1);
        rig.run();
        rig.broker.prompt = false;
        offender.cancel(1, "something");
        rig.run();
        rig.broker.only().close(541, "INTERNAL_ERROR", Method.BASIC_CANCEL.id());
        rig.broker.prompt = true;
        rig.run();

        assertThat(offender.closeHeard(0).code()).isEqualTo(541);
        assertThat(innocent.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aPublisherThatWaitsForAConfirmIsTold() {
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).select(1);
        rig.run();
        rig.broker.prompt = false;
        client.publish(1, "q", "m1");
        rig.run();
        rig.broker.only().drop();
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aTransactionIsLost() {
        TestClient client = rig.open();
        client.openChannel(1).write(1, Method.TX_SELECT);
        rig.run();
        rig.broker.only().drop();
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aMessageThatIsCutShortIsNotFollowedByTheAnswerToTheClose() {
        rig.broker.frameMax = 4096;
        rig.broker.queue("q");
        TestClient client = rig.connect();
        client.frameMax = 4096;
        client.logIn("guest", "guest", "/");
        client.openChannel(1).get(1, "q", true);
        rig.run();
        assertThat(client.hears(Method.BASIC_GET_EMPTY)).isTrue();
        client.openChannel(2).publish(2, "q", "x".repeat(50_000));
        rig.run();
        ScriptedBroker.Connection consumers = rig.broker.connections.stream()
                .filter(one -> one.count(Method.BASIC_GET) == 1)
                .findFirst()
                .orElseThrow();
        client.get(1, "q", true);
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        FakeLink upstream = Objects.requireNonNull(consumers.link);
        upstream.moveToPeer(Integer.MAX_VALUE);
        upstream.moveToSession(10_000);
        client.closeChannel(1);
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();

        consumers.cut();
        rig.run();

        assertThat(client.hears(Method.BASIC_GET_OK)).isTrue();
        assertThat(client.bodies()).hasSizeBetween(1, 10_000);
        assertThat(client.methods(1)).doesNotContain(Method.CHANNEL_CLOSE_OK);
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }
}
