package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Log-ins and opens that brokers see differently get what the broker in front would say. */
class OddHandshakes10Test {

    private static final byte[] LOGIN = "\0guest\0guest".getBytes(ISO_8859_1);

    private final Rig10 rig = new Rig10();

    private TestClient10 logIn(byte @Nullable [] response, String... mechanisms) {
        Amqp10Context.of(rig.rig.loop).greeting().onProfile(new Amqp10Profile(List.of(mechanisms)));
        return TestClient10.connect(rig.rig)
                .write(Stream10.SASL)
                .write(Wire10.frame(0, 0x41, new byte[0], new Wire10.Symbol("PLAIN"), response))
                .run();
    }

    private TestClient10 openOn(int channel, String container) {
        return logIn(LOGIN, "PLAIN")
                .write(Stream10.AMQP)
                .write(Wire10.frame(channel, 0x10, new byte[0], container))
                .run();
    }

    @Test
    void brokerJAsksForAResponseWhereTheFirstOneIsEmpty() {
        TestClient10 client = logIn(new byte[0], "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256");
        assertThat(client.all(0x42)).hasSize(1);
        assertThat(client.all(0x44)).isEmpty();
        client.write(Wire10.frame(0, 0x43, new byte[0], (Object) LOGIN)).run();
        assertThat(client.last(0x44).field(0)).hasToString("0");
    }

    @Test
    void othersRefuseAnEmptyResponse() {
        assertThat(logIn(new byte[0], "PLAIN", "ANONYMOUS").last(0x44).field(0)).hasToString("1");
    }

    @Test
    void anOpenIsOnChannelZero() {
        TestClient10 client = openOn(1, "c");
        assertThat(client.last(0x18).error(0)).isEqualTo("amqp:connection:framing-error");
        assertThat(openOn(0, "c").all(0x18)).isEmpty();
    }

    @Test
    void aContainerNeedsNoName() {
        assertThat(openOn(0, "").all(0x18)).isEmpty();
    }

    @Test
    void inFrontOfClassicAContainerWithoutANameIsRefused() {
        rig.broker.product = "ActiveMQ";
        assertThat(openOn(0, "").last(0x18).error(0)).isEqualTo("amqp:invalid-field");
        assertThat(openOn(0, "c").all(0x18)).isEmpty();
    }
}
