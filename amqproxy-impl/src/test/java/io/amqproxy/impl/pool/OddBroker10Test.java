package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broken broker, or something that is none, says to one connection is no matter of others. */
class OddBroker10Test {

    private final Rig10 rig = new Rig10();

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1", "AMQP\0\0\u0009\u0001", "\0\0\0\u0008\u0002\0\0\0", "AMQP\u0003\u0001\0\u0001"})
    void octetsInPlaceOfAHeaderCostTheConnectionOnly(String octets) {
        rig.broker.greeting = octets.getBytes(US_ASCII);
        TestClient10 unlucky = TestClient10.connect(rig.rig);
        unlucky.write(TestClient10.handshake(65_536)).run();
        assertThat(unlucky.all(0x40)).hasSize(1);

        rig.broker.greeting = null;
        TestClient10 next = TestClient10.connect(rig.rig);
        next.write(TestClient10.handshake(65_536));
        rig.rig.pass(Duration.ofSeconds(3));
        assertThat(next.all(0x10)).hasSize(1);
        assertThat(unlucky.all(0x10)).hasSize(1);
    }

    /** Which hostname to open is not known at log-in. */
    @Test
    void aBrokerMayBeginTheNextLayerBeforeTheProxy() {
        rig.broker.isEager = true;
        byte[] all = TestClient10.handshake(65_536);
        int open = new String(all, ISO_8859_1).lastIndexOf("AMQP");
        TestClient10 client = TestClient10.connect(rig.rig);
        client.write(Arrays.copyOf(all, open)).run();
        client.write(Arrays.copyOfRange(all, open, all.length))
                .begin(0)
                .sender(0, 0, "q")
                .run();
        assertThat(client.transfer(0, 0, 0, false, "m").run().last(0x15).is(3)).isTrue();
        assertThat(rig.broker.connections).hasSize(1);
    }

    @Test
    void aLinkThatNobodyAskedForCostsTheConnection() {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        rig.session().say(0x12, "odd", 9, true, null, null, null, null, null, null, 0);
        rig.rig.run();
        assertThat(rig.broker.sessions()).isZero();
        assertThat(client.all(0x18)).hasSize(1);
    }
}
