package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A broker that no longer accepts a secret lets those that are connected go on, and so does the proxy. */
class ChangedPasswordTest {

    private static final Duration TTL = Duration.ofMinutes(5);

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();

    @BeforeEach
    void begin() {
        options.credentialTtl = TTL;
        options.maxLifetime = Duration.ofMinutes(30);
        rig = new Rig(options);
        rig.broker.queue("q").queue("other");
    }

    private TestClient publisher() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "other", "before").closeChannel(1);
        rig.run();
        return client;
    }

    private TestClient consumer() {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    /** The proof is over, and somebody makes the proxy ask again. */
    private void changePassword() {
        rig.broker.password = "changed";
        rig.pass(TTL.plusSeconds(1));
        assertThat(rig.open().closeHeard(0).code()).isEqualTo(403);
    }

    @Test
    void whoIsConnectedGoesOnForAsLongAsItLikes() {
        TestClient publisher = publisher();
        TestClient consumer = consumer();
        changePassword();
        for (int hour = 1; hour <= 3; hour++) {
            publisher.openChannel(1).publish(1, "q", "m" + hour).closeChannel(1);
            consumer.openChannel(2).publish(2, "other", "reply" + hour).closeChannel(2);
            rig.pass(Duration.ofHours(1));
        }

        assertThat(consumer.bodies()).isEqualTo("m1m2m3");
        assertThat(rig.broker.bodies()).contains("reply1", "reply2", "reply3");
        assertThat(List.of(publisher, consumer)).noneMatch(client -> client.hears(Method.CONNECTION_CLOSE));
    }

    @Test
    void whatWouldBeBetterAloneIsDoneWhereThereIsAConnection() {
        TestClient client = publisher();
        consumer();
        changePassword();
        client.openChannel(1).declare(1, "mine", true).consume(1, "mine", "tag", true);
        client.openChannel(2).select(2).publish(2, "mine", "m");
        rig.run();

        assertThat(client.bodies()).isEqualTo("m");
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void nothingOfTheOldPasswordIsLeftWhenItsClientsAreGone() {
        TestClient publisher = publisher();
        TestClient consumer = consumer();
        changePassword();
        publisher.close();
        consumer.close();
        rig.run();

        assertThat(rig.broker.openConnections()).isZero();
        assertThat(rig.registry.upstreams()).isZero();
    }

    @Test
    void aConnectionThatNobodyHasIsClosedAtOnce() {
        options.idleTimeout = Duration.ofHours(1);
        begin();
        publisher().close();
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(1);

        changePassword();
        assertThat(rig.broker.openConnections()).isZero();
    }

    @Test
    void whoseConnectionIsLostHearsThatThePasswordIsRefused() {
        TestClient publisher = publisher();
        changePassword();
        List.copyOf(rig.broker.connections).stream().filter(one -> one.open).forEach(ScriptedBroker.Connection::drop);
        rig.run();
        publisher.openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(publisher.closeHeard(0).code()).isEqualTo(403);
    }

    @Test
    void aPasswordThatIsAcceptedAgainIsAsBefore() {
        TestClient publisher = publisher();
        changePassword();
        rig.broker.password = "guest";
        TestClient next = consumer();
        publisher.openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(next.bodies()).isEqualTo("m");
        assertThat(rig.broker.openConnections()).isGreaterThan(1);
    }
}
