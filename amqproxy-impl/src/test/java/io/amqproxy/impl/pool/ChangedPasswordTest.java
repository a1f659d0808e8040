package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
        rig.broker.unknownVhostText = ": access refused";
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

    /** Nobody has asked the broker since: the connection that the client would have is the first to be refused. */
    @ParameterizedTest
    @EnumSource
    void whatWouldHaveAnotherConnectionIsDoneWhereThereIsOne(Withdrawal withdrawal) {
        TestClient client = consumer();
        TestClient publisher = publisher();
        withdrawal.at(rig.broker);
        client.openChannel(2).get(2, "other", true);
        publisher.openChannel(1).consume(1, "q", "unlimited", true);
        rig.run();
        publisher.openChannel(2).publish(2, "q", "one").publish(2, "q", "two");
        rig.run();

        assertThat(client.hears(Method.BASIC_GET_OK)).isTrue();
        assertThat(client.bodies() + publisher.bodies()).contains("before", "one", "two");
        assertThat(List.of(client, publisher)).noneMatch(one -> one.hears(Method.CONNECTION_CLOSE));
        assertThat(rig.open().closeHeard(0).code()).isEqualTo(withdrawal.code);
    }

    @ParameterizedTest
    @EnumSource
    void whoIsConnectedGoesOnThoughNothingMayBeOpenedForHours(Withdrawal withdrawal) {
        TestClient client = consumer();
        publisher();
        withdrawal.at(rig.broker);
        client.openChannel(2).get(2, "other", true);
        client.openChannel(3).consume(3, "other", "unlimited", true);
        rig.run();
        rig.pass(Duration.ofHours(1));
        client.openChannel(4).publish(4, "q", "late").get(4, "other", true);
        rig.run();

        assertThat(client.bodies()).contains("late");
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    /** An own connection of somebody else is none of theirs. */
    @ParameterizedTest
    @EnumSource
    void whoCanBeNowhereHearsItAtOnce(Withdrawal withdrawal) {
        TestClient other = rig.open();
        TestClient owner = rig.open();
        owner.openChannel(1).declare(1, "own", true);
        rig.run();
        withdrawal.at(rig.broker);
        other.openChannel(1).publish(1, "q", "m");
        owner.openChannel(2).get(2, "other", true);
        rig.run();

        assertThat(other.closeHeard(0).code()).isEqualTo(withdrawal.code);
        assertThat(owner.hears(Method.BASIC_GET_EMPTY)).isTrue();
    }

    /** The one that is to replace it will not come. */
    @ParameterizedTest
    @EnumSource
    void aConnectionThatIsBeingReplacedServesAgain(Withdrawal withdrawal) {
        TestClient client = consumer();
        rig.pass(options.maxLifetime);
        withdrawal.at(rig.broker);
        client.openChannel(2).publish(2, "q", "late");
        client.openChannel(3).get(3, "other", true);
        rig.run();

        assertThat(client.bodies()).contains("late");
        assertThat(client.hears(Method.BASIC_GET_EMPTY)).isTrue();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsAllowedAgainHasConnectionsAsBefore(Withdrawal withdrawal) {
        TestClient client = consumer();
        withdrawal.at(rig.broker);
        client.openChannel(2).get(2, "other", true);
        rig.run();
        long open = rig.broker.openConnections();
        rig.broker.password = "guest";
        rig.broker.vhosts.add("/");
        publisher();
        client.openChannel(3).consume(3, "other", "unlimited", true);
        rig.run();

        assertThat(rig.broker.openConnections()).isGreaterThan(open);
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    /** What the broker no longer lets the user have, and what it says to who would be new. */
    private enum Withdrawal {
        PASSWORD(403),
        VHOST(530);

        private final int code;

        Withdrawal(int code) {
            this.code = code;
        }

        void at(ScriptedBroker broker) {
            switch (this) {
                case PASSWORD -> broker.password = "changed";
                case VHOST -> broker.vhosts.clear();
            }
        }
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
