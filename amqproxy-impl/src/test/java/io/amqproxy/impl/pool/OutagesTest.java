package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** While none of the broker's endpoints answers, and when one does again. */
class OutagesTest {

    private static final String A = "a:5672";
    private static final String B = "b:5672";

    private static Rig rig(String... endpoints) {
        Rig.Options options = new Rig.Options();
        options.endpoints = List.of(endpoints);
        return new Rig(options);
    }

    private static void drop(Rig rig) {
        rig.broker.connections.stream().filter(one -> one.open).toList().forEach(ScriptedBroker.Connection::drop);
    }

    private static void assertOpen(TestClient client) {
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void whoeverWaitsGoesOnAsSoonAsAnEndpointIsBack() {
        Rig rig = rig(A, B);
        rig.reachable = false;
        TestClient one = rig.connect();
        one.logIn("guest", "guest", "/");
        TestClient other = rig.connect();
        other.logIn("other", "guest", "/");
        rig.pass(Duration.ofSeconds(4));

        rig.reachable = true;
        rig.refusing.add(A);
        rig.pass(Duration.ofSeconds(5));

        assertOpen(one);
        assertOpen(other);
        assertThat(rig.connectedTo).containsOnly(B);
        assertThat(rig.health).endsWith("reachable " + B);
        assertThat(rig.health).doesNotContain("down");
    }

    @Test
    void theEndOfAnOutageIsToldAndSoIsTheNextOutage() {
        Rig rig = rig(A);
        rig.open();
        for (int i = 0; i < 2; i++) {
            rig.health.clear();
            rig.reachable = false;
            drop(rig);
            rig.pass(Duration.ofSeconds(12));
            assertThat(rig.health).endsWith("down");

            rig.reachable = true;
            rig.pass(Duration.ofSeconds(12));
            assertThat(rig.health).containsOnlyOnce("down", "up").contains("reachable " + A);
            assertOpen(rig.open());
        }
    }

    @Test
    void anOutageThatIsShorterThanClientsWaitIsNone() {
        Rig rig = rig(A);
        rig.open();
        for (int i = 0; i < 3; i++) {
            rig.reachable = false;
            drop(rig);
            rig.pass(Duration.ofSeconds(6));
            rig.reachable = true;
            rig.pass(Duration.ofSeconds(3));
            assertOpen(rig.open());
        }
        assertThat(rig.health).contains("unreachable " + A, "reachable " + A).doesNotContain("down");
    }
}
