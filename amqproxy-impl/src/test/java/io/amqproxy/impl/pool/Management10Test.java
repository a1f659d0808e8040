package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Exclusive queues, which clients of RabbitMQ 4 declare over links to its management, are of the connection: it is the
 * client's own, all its sessions are there, and it ends with the client.
 */
class Management10Test {

    private static final String MANAGEMENT = "/management";

    private final Rig10 rig = new Rig10();

    @BeforeEach
    void theBrokerIsRabbitMq() {
        rig.broker.product = "RabbitMQ";
    }

    private TestClient10 publisher() {
        return rig.open().begin(0).sender(0, 0, "/queues/q").run();
    }

    private TestClient10 manager() {
        return rig.open().begin(0).sender(0, 0, MANAGEMENT).run();
    }

    private static String declaration(Object isExclusive) {
        byte[] body = Wire10.encode(new Wire10.Described(0x77L, Map.of("exclusive", isExclusive)));
        return new String(body, ISO_8859_1);
    }

    private List<BrokerConnection10> open() {
        return rig.broker.connections.stream()
                .filter(connection -> !connection.ended)
                .toList();
    }

    @Test
    void whoManagesSharesNoConnectionWithOthers() {
        publisher();
        manager();
        publisher();
        assertThat(open()).extracting(connection -> connection.sessions.size()).containsExactly(2, 1);
    }

    @Test
    void aConnectionOnWhichNothingExclusiveWasDeclaredServesOthersAfterwards() {
        publisher();
        manager().transfer(0, 0, 0, true, declaration(false)).run().leave();
        assertThat(open()).hasSize(2);
    }

    @Test
    void oneWithAnExclusiveQueueEndsWithItsClient() {
        publisher();
        TestClient10 client =
                manager().transfer(0, 0, 0, true, declaration(true)).run();
        assertThat(open()).hasSize(2);
        client.leave();
        assertThat(open()).hasSize(1);
    }

    @Test
    void soDoesOneWhereThatIsSaidInOtherOctetsOrInParts() {
        publisher();
        TestClient10 other = manager()
                .transfer(0, 0, 0, true, declaration(new Wire10.Raw(new byte[] {0x56, 1})))
                .run();
        assertThat(open()).hasSize(2);
        other.leave();
        String declaration = declaration(true);
        TestClient10 client = manager()
                .part(0, 0, 0, true, true, declaration.substring(0, 8))
                .part(0, 0, 0, true, false, declaration.substring(8))
                .run();
        assertThat(open()).hasSize(2);
        client.vanish();
        assertThat(open()).hasSize(1);
    }

    @Test
    void whatTheClientDoesLaterIsOnTheSameConnection() {
        publisher();
        manager()
                .begin(1)
                .receiver(1, 0, "/queues/own")
                .begin(2)
                .sender(2, 0, "/queues/own")
                .run();
        assertThat(open()).extracting(connection -> connection.sessions.size()).containsExactly(1, 3);
    }

    @Test
    void aClientManagesWhereItsOtherSessionsAre() {
        publisher();
        rig.open()
                .begin(0)
                .receiver(0, 0, "/queues/q")
                .begin(1)
                .sender(1, 0, MANAGEMENT)
                .begin(2)
                .sender(2, 0, "/queues/own")
                .run();
        assertThat(open()).extracting(connection -> connection.sessions.size()).containsExactly(1, 3);
    }

    @Test
    void aLaterLinkToTheManagementMakesTheConnectionTheClientsOwn() {
        TestClient10 client = publisher().sender(0, 1, MANAGEMENT).run();
        publisher();
        assertThat(open()).hasSize(2);
        client.transfer(0, 1, 0, true, declaration(true)).run().leave();
        assertThat(open()).hasSize(1);
    }

    @Test
    void toOtherBrokersItIsAnAddressLikeAnyOther() {
        rig.broker.product = "scripted";
        publisher();
        manager();
        assertThat(open()).hasSize(1);
    }
}
