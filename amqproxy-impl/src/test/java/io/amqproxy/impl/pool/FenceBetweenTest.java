package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * While a client publishes without confirms the proxy asks the broker now and then for a proof. That is its own affair:
 * whatever the broker makes of the question, the client hears nothing that it would not hear without a proxy.
 */
class FenceBetweenTest {

    private static final Duration ASKED = Duration.ofSeconds(1);

    private final Rig rig = new Rig();

    FenceBetweenTest() {
        rig.broker.queue("q");
    }

    private TestClient publisher() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "m0");
        rig.run();
        return client;
    }

    /** All that the client hears is that its channel is open. */
    private static void assertUndisturbed(TestClient client) {
        assertThat(client.ended).isFalse();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK);
    }

    private long questions() {
        return rig.broker.connections.stream()
                .mapToLong(connection -> connection.count(Method.CHANNEL_FLOW))
                .sum();
    }

    private void publishFor(TestClient client, int seconds) {
        for (int i = 1; i <= 2 * seconds; i++) {
            client.publish(1, "q", "m" + i);
            rig.pass(Duration.ofMillis(500));
        }
    }

    @Test
    void aBrokerThatRefusesTheQuestionIsNotAskedAgainAndTheClientGoesOn() {
        rig.broker.refusesFlow = true;
        TestClient client = publisher();
        publishFor(client, 5);

        assertUndisturbed(client);
        assertThat(rig.broker.published).hasSize(11);
        assertThat(questions()).isEqualTo(1);
        assertThat(rig.broker.only().channels.size()).isEqualTo(1);
    }

    @Test
    void whatHappensOnTheClientsOtherChannelsGoesOn() {
        rig.broker.refusesFlow = true;
        TestClient client = publisher();
        client.openChannel(2).consume(2, "q", "tag", true);
        publishFor(client, 3);

        assertUndisturbed(client);
        assertThat(client.methods(2)).startsWith(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
        assertThat(client.methods(2)).filteredOn(Method.BASIC_DELIVER::equals).hasSize(7);
    }

    @Test
    void aBrokerThatClosesTheConnectionForItBlamesNobody() {
        rig.broker.flowCostsConnection = true;
        TestClient innocent = rig.open();
        innocent.openChannel(1).declare(1, "q", false);
        TestClient client = publisher();
        rig.pass(ASKED);

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
        assertThat(innocent.hears(Method.CONNECTION_CLOSE)).isFalse();
        TestClient again = publisher();
        publishFor(again, 5);
        assertUndisturbed(again);
        assertThat(questions()).isEqualTo(1);
    }

    /** One that is known to answer is asked on the client's own channel. */
    @Test
    void aRefusalOnTheClientsChannelProvesWhatWentBeforeAndEndsOnlyTheLease() {
        rig.broker.product = "RabbitMQ";
        rig.broker.refusesFlow = true;
        TestClient client = publisher();
        rig.pass(ASKED);
        publishFor(client, 5);

        assertUndisturbed(client);
        assertThat(rig.broker.published).hasSize(11);
        assertThat(questions()).isEqualTo(1);
    }

    @Test
    void aClientThatHasMoreOnTheRefusedChannelHearsOfALostConnection() {
        rig.broker.product = "RabbitMQ";
        rig.broker.refusesFlow = true;
        TestClient client = publisher().consume(1, "q", "tag", true).publish(1, "q", "m1");
        rig.pass(ASKED);

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aQuestionThatIsNotAnsweredIsNotTheLast() {
        rig.broker.product = "RabbitMQ";
        rig.broker.prompt = false;
        TestClient client = publisher();
        rig.pass(ASKED);
        client.publish(1, "q", "after");
        rig.pass(Duration.ofSeconds(5));
        assertThat(questions()).isEqualTo(1);

        rig.broker.prompt = true;
        client.publish(1, "q", "last");
        rig.pass(Duration.ofSeconds(2));
        rig.broker.only().drop();
        rig.run();

        assertUndisturbed(client);
    }

    @Test
    void aBrokerThatDoesNotAnswerTheFirstQuestionCostsTheClientNothing() {
        rig.broker.ignoresFlow = true;
        TestClient client = publisher();
        publishFor(client, 60);

        assertUndisturbed(client);
        assertThat(questions()).isBetween(1L, 2L);
        assertThat(rig.broker.only().channels.size()).isLessThanOrEqualTo(2);
    }
}
