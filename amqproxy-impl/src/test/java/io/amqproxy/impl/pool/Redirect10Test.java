package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A broker that sends clients elsewhere (part 2, section 2.8.16 and following) says so through the proxy, with the
 * address.
 */
class Redirect10Test {

    private static final int OPEN = 0x10;
    private static final int DETACH = 0x16;
    private static final int CLOSE = 0x18;
    private static final String CONNECTION = "amqp:connection:redirect";

    private final Rig10 rig = new Rig10(options -> options.maxConnections = 1);

    private static Wire10.Described redirect(String condition, int length) {
        return Wire10.composite(
                0x1D,
                new Wire10.Symbol(condition),
                "moved",
                Map.of(new Wire10.Symbol("network-host"), "h".repeat(length)));
    }

    @Test
    void aConnectionIsClosedWithTheAddressAndNobodyIsBlamed() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        TestClient10 other = rig.open().begin(0).sender(0, 0, "q").run();
        rig.broker.answers = false;
        client.transfer(0, 0, 0, false, "a").run();
        other.transfer(0, 0, 0, false, "b").run();
        rig.session().connection.say(0, CLOSE, redirect(CONNECTION, 9));
        client.run();
        for (TestClient10 told : new TestClient10[] {client, other}) {
            assertThat(told.last(CLOSE).error(0)).isEqualTo(CONNECTION);
            assertThat(told.last(CLOSE).field(0)).asString().contains("network-host", "hhhhhhhhh", "moved");
        }
    }

    /** The broker lets the client in and refuses to open the connection. */
    private TestClient10 refused(int maxFrameSize, int length) {
        rig.broker.isDeaf = true;
        TestClient10 client = TestClient10.connect(rig.rig)
                .write(TestClient10.handshake("guest", "c", maxFrameSize))
                .run();
        BrokerConnection10 connection = rig.broker.connections.get(rig.broker.connections.size() - 1);
        connection.send(Stream10.SASL);
        connection.say(0, 0x40, new Wire10.Symbol("PLAIN"));
        connection.say(0, 0x44, (byte) 0);
        client.run(); // Its open is asked for.
        connection.send(Stream10.AMQP);
        connection.say(
                0,
                OPEN,
                "broker",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                Map.of(new Wire10.Symbol("amqp:connection-establishment-failed"), true));
        connection.say(0, CLOSE, redirect(CONNECTION, length));
        return client.run();
    }

    @Test
    void aConnectionThatIsNotOpenedIsRefusedWithTheAddress() {
        TestClient10 client = refused(65_536, 9);
        assertThat(client.last(CLOSE).error(0)).isEqualTo(CONNECTION);
        assertThat(client.last(CLOSE).field(0)).asString().contains("network-host", "hhhhhhhhh");

        rig.broker.isDeaf = false;
        TestClient10 next = TestClient10.connect(rig.rig)
                .write(TestClient10.handshake("guest", "c", 65_536))
                .run();
        assertThat(next.all(CLOSE)).isEmpty();
        assertThat(next.all(OPEN)).hasSize(1);
    }

    @Test
    void anAddressThatTheClientsFrameCannotHoldIsLeftOut() {
        TestClient10 client = refused(512, 400);
        assertThat(client.last(CLOSE).error(0)).isEqualTo(CONNECTION);
        assertThat(client.last(CLOSE).octets()).isLessThanOrEqualTo(512);
        assertThat(client.last(CLOSE).field(0)).asString().doesNotContain("network-host");
    }

    @Test
    void aLinkIsDetachedWithTheAddress() {
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").receiver(0, 1, "r").run();
        ScriptedBroker10.Session session = rig.session();
        session.say(DETACH, session.link(1).ownHandle, true, redirect("amqp:link:redirect", 9));
        client.run();
        assertThat(client.last(DETACH).error(2)).isEqualTo("amqp:link:redirect");
        assertThat(client.last(DETACH).field(2)).asString().contains("network-host", "hhhhhhhhh");
    }
}
