package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Broker-J lets a container have one link of a name and role: who attaches it again, on whatever connection, has it.
 */
class StolenLinks10Test {

    private static final int MANY = 200;

    private final Rig10 rig = new Rig10();

    @BeforeEach
    void beBrokerJ() {
        rig.broker.product = "Apache Qpid Broker-J Core";
        rig.broker.capability = "sole-connection-for-container";
    }

    private TestClient10 open(String container) {
        return TestClient10.open(rig.rig, container).begin(0);
    }

    @Test
    void aSenderIsStolenByAnotherClientOfItsContainer() {
        TestClient10 first = open("c").sender(0, 0, "q").run();
        TestClient10 second = open("c").sender(0, 0, "q").run();
        assertThat(first.last(0x16).error(2)).isEqualTo("amqp:link:stolen");
        assertThat(first.all(0x17)).isEmpty();
        second.transfer(0, 0, 0, true, "a").run();
        assertThat(rig.broker.taken).containsExactly("a");
        first.say(0, 0x16, 0, true).sender(0, 0, "q").run();
        assertThat(second.last(0x16).error(2)).isEqualTo("amqp:link:stolen");
    }

    @Test
    void soIsAReceiver() {
        TestClient10 first = open("c").receiver(0, 0, "q").run();
        open("c").receiver(0, 0, "q").run();
        assertThat(first.last(0x16).error(2)).isEqualTo("amqp:link:stolen");
    }

    @Test
    void otherContainersRolesAndNamesKeepTheirs() {
        TestClient10 first = open("c").sender(0, 0, "q").receiver(0, 1, "q").run();
        open("d").sender(0, 0, "q").receiver(0, 1, "q").run();
        open("c").sender(0, 1, "q").receiver(0, 0, "q").run();
        assertThat(first.all(0x16)).isEmpty();
    }

    @Test
    void otherBrokersLetThemBe() {
        rig.broker.product = "scripted";
        TestClient10 first = open("c").sender(0, 0, "q").run();
        open("c").sender(0, 0, "q").run();
        assertThat(first.all(0x16)).isEmpty();
    }

    /** They take the handle for another one of the link that is there, and say nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"apache-activemq-artemis", "ActiveMQ"})
    void inFrontOfActiveMqTheNamesOfASessionsLinksAreJoined(String product) {
        rig.broker.product = product;
        TestClient10 client = open("c").sender(0, 0, "q").receiver(0, 1, "q").run();
        client.sender(0, 2, "q", 0, "s0")
                .receiver(0, 3, "q", "r1")
                .credit(0, 3, 7, 1)
                .run();
        assertThat(client.all(0x12)).hasSize(2);
        String message = "\0Sw\241\1a";
        client.transfer(0, 2, 0, true, message).run();
        assertThat(rig.broker.taken).containsExactly(message);
        assertThat(client.bodies()).containsExactly(message);
        client.say(0, 0x16, 2, true).say(0, 0x16, 1, true).run();
        assertThat(client.all(0x16)).hasSize(2);
        client.sender(0, 0, "q").receiver(0, 1, "q").run();
        assertThat(client.all(0x12)).hasSize(4);
        assertThat(client.all(0x17)).isEmpty();
        assertThat(client.all(0x18)).isEmpty();
    }

    @Test
    void whoHasLeftIsStolenNothing() {
        TestClient10 first = open("c").sender(0, 0, "q").run();
        first.vanish();
        TestClient10 second = open("c").sender(0, 0, "q").run();
        second.transfer(0, 0, 0, true, "a").run();
        assertThat(second.all(0x16)).isEmpty();
        assertThat(rig.broker.taken).containsExactly("a");
    }

    /** What is known of names goes by how many links there are. */
    @Test
    void aLinkAmongManyThatCameAndWentIsStolenToo() {
        TestClient10 first = open("c").sender(0, 0, "q").run();
        for (int i = 1; i <= MANY; i++) {
            first.sender(0, i, "q").run().say(0, 0x16, i, true).run();
        }
        assertThat(first.all(0x16)).hasSize(MANY);
        open("c").sender(0, 0, "q").run();
        assertThat(first.last(0x16).error(2)).isEqualTo("amqp:link:stolen");
    }
}
