package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.broker.Amqp10Context;
import io.amqproxy.impl.amqp10.broker.Amqp10Profile;
import java.util.List;
import org.junit.jupiter.api.Test;

/** PLAIN with an authorisation identity: who logs in is the other one, whoever the client would like to be. */
class AuthorizationIdentity10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 logIn(String response) {
        TestClient10 client = TestClient10.connect(rig.rig);
        byte[] plain = response.getBytes(ISO_8859_1);
        return client.write(Stream10.SASL)
                .write(Wire10.frame(0, 0x41, new byte[0], new Wire10.Symbol("PLAIN"), plain))
                .run();
    }

    private void offer(String... mechanisms) {
        Amqp10Context.of(rig.rig.loop).greeting().onProfile(new Amqp10Profile(List.of(mechanisms)));
    }

    @Test
    void rabbitMqClosesTheSocket() {
        offer("PLAIN", "AMQPLAIN", "ANONYMOUS");
        TestClient10 client = logIn("somebody\0guest\0guest");
        assertThat(client.all(0x44)).isEmpty();
        assertThat(client.ended).isTrue();
        assertThat(rig.broker.connections).isEmpty();
    }

    @Test
    void othersDoNotLookAtIt() {
        offer("PLAIN", "ANONYMOUS");
        assertThat(logIn("somebody\0guest\0guest").last(0x44).field(0)).hasToString("0");
    }
}
