package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whoever listens hears who refused a client of AMQP 1.0, and why, though the client gets no more than an outcome. */
class Refusals10Test {

    private final List<String> told = new ArrayList<>();
    private final Rig10 rig = new Rig10(options -> {
        options.limits.denyUsers("mallory");
        options.listener = new ProxyListener() {
            @Override
            public void clientRefused(ClientInfo client, CloseReason reason) {
                told.add(reason.initiator() + " " + reason.code() + " " + reason.text());
            }

            @Override
            public void foreignProtocol(ClientInfo client, String protocol) {
                told.add(protocol);
            }
        };
    });

    private TestClient10 logIn(String user) {
        return TestClient10.connect(rig.rig)
                .write(TestClient10.handshake(user, "c", 65_536))
                .run();
    }

    @Test
    void byTheBroker() {
        rig.broker.refusesLogins = true;
        assertThat(logIn("carol").last(0x44).field(0)).hasToString("1");
        assertThat(told).containsExactly("BROKER 403 the broker ended the log-in by SASL outcome 1 (auth)");
    }

    @Test
    void byTheProxyWhichDoesNotAdmitTheUser() {
        assertThat(logIn("mallory").last(0x44).field(0)).hasToString("1");
        assertThat(told)
                .containsExactly("PROXY 403 ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN,"
                        + " by the proxy, which does not admit this user");
    }

    @Test
    void byTheProxyAsThereIsNoConnectionInTime() {
        rig.rig.registry.pause(true);
        TestClient10 waits = logIn("other");
        rig.rig.pass(Duration.ofSeconds(11));
        assertThat(waits.last(0x44).field(0)).hasToString("4");
        assertThat(told).hasSize(1).first().asString().startsWith("PROXY 320 CONNECTION_FORCED - ");
    }

    @Test
    void whoSpeaksSomethingElseIsNotRefusedBesides() {
        TestClient10.connect(rig.rig)
                .write("GET / HTTP/1.1\r\n\r\n".getBytes(ISO_8859_1))
                .run();
        assertThat(told).containsExactly("HTTP");
    }
}
