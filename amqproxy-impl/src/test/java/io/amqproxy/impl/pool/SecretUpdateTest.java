package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients whose secret changes while they are connected. */
class SecretUpdateTest {

    private final Rig.Options options = new Rig.Options();
    private final Rig rig = new Rig(options);

    @Test
    void whatAClientBeginsAfterItsSecretChangedIsDoneWithTheNewOne() {
        rig.broker.queue("q");
        TestClient client = rig.open();
        rig.broker.password = "new";
        client.updateSecret("new").openChannel(1).publish(1, "q", "m");
        rig.run();

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_UPDATE_SECRET_OK);
        assertThat(rig.broker.bodies()).containsExactly("m");
        assertThat(published()).containsExactly("new");
    }

    @Test
    void anUpstreamThatOnlyThisClientUsesIsToldTheNewSecretAndKept() {
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "mine", true).publish(1, "mine", "before");
        client.openChannel(2).publish(2, "q", "m1");
        rig.run();
        rig.broker.password = "new";
        client.updateSecret("new").get(1, "mine", true).publish(2, "q", "m2");
        rig.run();

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_UPDATE_SECRET_OK);
        assertThat(client.bodies()).isEqualTo("before");
        assertThat(rig.broker.connections.stream()
                        .filter(one -> one.count(Method.BASIC_PUBLISH) > 0)
                        .map(one -> one.secret))
                .containsExactly("new");
        assertThat(rig.broker.bodies()).containsExactly("before", "m1", "m2");

        client.close();
        rig.run();
        assertThat(client.ended).isTrue();
        assertThat(rig.broker.queues).doesNotContainKey("mine");
    }

    @Test
    void othersKeepTheirSecretAndTheirConnection() {
        rig.broker.queue("q");
        TestClient neighbour = rig.open().openChannel(1).publish(1, "q", "n1");
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m1");
        rig.run();
        ScriptedBroker.Connection shared = rig.broker.only();
        rig.broker.password = "new";
        client.updateSecret("new").publish(1, "q", "m2").openChannel(2).publish(2, "q", "m3");
        neighbour.publish(1, "q", "n2");
        rig.run();

        assertThat(shared.open).isTrue();
        assertThat(shared.secret).isEqualTo("guest");
        assertThat(rig.broker.bodies()).containsExactlyInAnyOrder("n1", "m1", "m2", "m3", "n2");
        assertThat(rig.broker.connections).anyMatch(one -> one.secret.equals("new"));

        client.close();
        neighbour.close();
        rig.run();
        assertThat(List.of(client.ended, neighbour.ended)).containsOnly(true);
        assertThat(rig.registry.stats()).allMatch(pool -> pool.clients() == 0 && pool.channelsLeased() == 0);
    }

    @Test
    void aConnectionGoesOverToTheNewSecretWithTheLastOfItsClients() {
        rig.broker.queue("q");
        TestClient first = rig.open().openChannel(1).consume(1, "q", "t", false);
        TestClient second = rig.open().openChannel(1).publish(1, "q", "m1");
        first.qos(1, 1, false);
        rig.run();
        rig.broker.password = "new";
        first.updateSecret("new");
        rig.run();
        second.updateSecret("new");
        rig.run();

        assertThat(rig.broker.connections).filteredOn(one -> one.open).allMatch(one -> one.secret.equals("new"));
        second.publish(1, "q", "m2");
        first.ack(1, 1, false);
        rig.run();
        assertThat(first.bodies()).isEqualTo("m1m2");
    }

    @Test
    void nothingIsLeftOfASecretThatAllHaveChanged() {
        rig.broker.queue("q");
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m");
        rig.run();
        rig.broker.password = "new";
        client.updateSecret("new");
        rig.run();

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_UPDATE_SECRET_OK);
        assertThat(rig.registry.stats()).as("pools").hasSize(1);
    }

    @Test
    void aSecretThatTheBrokerDoesNotLookAtChangesNothing() {
        TestClient neighbour = rig.open();
        TestClient client = rig.open();
        client.updateSecret("wrong");
        rig.run();

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_UPDATE_SECRET_OK);
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        rig.broker.queue("q");
        client.openChannel(1).publish(1, "q", "m");
        rig.run();
        assertThat(published()).containsExactly("guest");
        assertThat(rig.registry.upstreams()).isEqualTo(1);
    }

    @Test
    void aSecretThatTheBrokerRefusesIsRefusedToItsSenderInTheBrokersWords() {
        rig.broker.takesAnySecret = false;
        rig.broker.queue("q");
        TestClient neighbour = rig.open().openChannel(1);
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m1");
        rig.run();
        client.updateSecret("wrong");
        neighbour.publish(1, "q", "n1");
        rig.run();

        assertThat(client.closeHeard(0))
                .isEqualTo(new TestClient.Close(530, "NOT_ALLOWED - New secret was refused by one of the backends"));
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactlyInAnyOrder("m1", "n1");
    }

    @Test
    void whenNeitherSecretIsGoodTheClientIsRefused() {
        TestClient client = rig.open();
        rig.broker.password = "changed";
        client.updateSecret("wrong");
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(530);
    }

    @Test
    void theSameSecretIsTaken() {
        TestClient client = rig.open();
        client.updateSecret("guest").updateSecret("guest");
        rig.run();

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_UPDATE_SECRET_OK, Method.CONNECTION_UPDATE_SECRET_OK);
        assertThat(rig.broker.logins).isEqualTo(1);
    }

    @Test
    void aSecretMayChangeAgainAndAgain() {
        rig.broker.queue("q");
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m0");
        TestClient neighbour = rig.open().openChannel(1).publish(1, "q", "n");
        for (int i = 1; i <= 5; i++) {
            rig.run();
            rig.broker.password = "secret " + i;
            client.updateSecret("secret " + i).publish(1, "q", "m" + i);
        }
        rig.run();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).contains("m5");
        client.close();
        neighbour.vanish();
        rig.pass(Duration.ofHours(2));

        assertThat(rig.registry.stats()).isEmpty();
        assertThat(rig.registry.upstreams()).isZero();
    }

    @Test
    void aClientMayGoBackToASecretThatItHadBefore() {
        rig.broker.queue("q");
        TestClient neighbour = rig.open().openChannel(1).publish(1, "q", "n");
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m1");
        for (String secret : List.of("new", "guest")) {
            rig.run();
            rig.broker.password = secret;
            client.updateSecret(secret);
        }
        rig.run();
        client.closeChannel(1);
        rig.run();
        client.openChannel(2).publish(2, "q", "m2");
        rig.run();

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.ended).isFalse();
        assertThat(rig.broker.bodies()).containsExactlyInAnyOrder("n", "m1", "m2");
        client.close();
        neighbour.close();
        rig.run();
        assertThat(rig.registry.stats()).allMatch(pool -> pool.clients() == 0 && pool.channelsLeased() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"new", "wrong"})
    void aClientThatVanishesMeanwhileLeavesNothing(String secret) {
        for (int steps = 0; steps < 40; steps++) {
            TestClient one = new Rig().open();
            one.rig.broker.password = "new";
            one.updateSecret(secret);
            java.util.Random random = new java.util.Random(steps);
            for (int i = 0; i < steps; i++) {
                one.rig.moveSome(random);
            }
            one.link().cut();
            one.rig.pass(Duration.ofHours(3));
            assertThat(one.rig.registry.stats()).isEmpty();
            assertThat(one.rig.registry.upstreams()).isZero();
        }
    }

    /** The secrets of connections on which something was published. */
    private List<String> published() {
        return rig.broker.connections.stream()
                .filter(one -> one.count(Method.BASIC_PUBLISH) > 0)
                .map(one -> one.secret)
                .toList();
    }
}
