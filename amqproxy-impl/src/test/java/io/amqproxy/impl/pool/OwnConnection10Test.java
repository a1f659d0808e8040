package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What belongs to the client's connection at the broker is on one of its own, which ends with the client. */
class OwnConnection10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 attached(@Nullable Object target) {
        return rig.open()
                .begin(0)
                .say(0, 0x12, "x", 0, false, null, null, Wire10.composite(0x28, "me"), target, null, null, 0)
                .run();
    }

    @Test
    void whatIsSentToAQueueIsOnAConnectionThatClientsShare() {
        attached(Wire10.composite(0x29, "q"));
        attached(Wire10.composite(0x29, "q"));
        assertThat(rig.broker.connections).hasSize(1);
    }

    /** Some brokers number transactions by connection, and some roll back what is left open only when that ends. */
    @Test
    void transactionsAreOnAConnectionOfTheClientsOwn() {
        ownConnection(Wire10.composite(0x30));
    }

    /** Some brokers close the connection of a sender without a target. */
    @Test
    void aSenderWithoutATargetIsOnAConnectionOfItsOwn() {
        ownConnection(null);
    }

    /** Artemis knows it by the name of its link and, unless it is global, by its container. */
    @Test
    void aSubscriptionThatReceiversShareHasTheNamesThatItsClientGives() {
        TestClient10 client = rig.open().begin(0);
        client.say(0, 0x12, "sub|1", 0, true, null, null, sharedSource(), null).run();
        ScriptedBroker10.Session session = rig.session();
        assertThat(session.link(0).name).isEqualTo("sub|1");
        assertThat(session.connection.container).isEqualTo("c");
        client.leave();
        assertThat(session.connection.ended).isTrue();
    }

    /** With the capabilities {@code topic} and {@code shared}, in an array as Qpid JMS has them. */
    private static Object sharedSource() {
        byte[] capabilities = {
            (byte) 0xE0, 15, 2, (byte) 0xA3, 5, 't', 'o', 'p', 'i', 'c', 6, 's', 'h', 'a', 'r', 'e', 'd'
        };
        return Wire10.composite(
                0x28, "t", null, null, null, null, null, null, null, null, null, new Wire10.Raw(capabilities));
    }

    private void ownConnection(@Nullable Object target) {
        attached(Wire10.composite(0x29, "q"));
        TestClient10 first = attached(target);
        TestClient10 second = attached(target);
        assertThat(rig.broker.connections).hasSize(3);
        first.vanish();
        second.leave();
        assertThat(rig.broker.connections.stream().filter(connection -> !connection.ended))
                .hasSize(1);
    }
}
