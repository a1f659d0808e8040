package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Where the hostname in {@code open} decides which broker is asked, a client says it before anybody knows who it is.
 */
class LoginByVhost10Test {

    private final Rig10 rig = new Rig10();
    private final HeldLogins held = VhostsDecide.in(rig.rig);

    private TestClient10 introduced() {
        return TestClient10.connect(rig.rig)
                .write(Stream10.SASL)
                .write(Wire10.frame(
                        0,
                        0x41,
                        new byte[0],
                        new Wire10.Symbol("PLAIN"),
                        "\0guest\0guest".getBytes(ISO_8859_1),
                        "sasl.example"))
                .run();
    }

    private TestClient10 opening(@Nullable String hostname) {
        return introduced().write(Stream10.AMQP).say(0, 0x10, "c", hostname).run();
    }

    @Test
    void theBrokerIsAskedWhenTheHostnameIsKnown() {
        TestClient10 client = introduced();
        assertThat(client.last(0x44).field(0)).hasToString("0");
        assertThat(rig.broker.connections).isEmpty();
        assertThat(held.count()).isEqualTo(1);

        client.write(Stream10.AMQP).say(0, 0x10, "c", "vhost:orders").run();
        assertThat(client.all(0x18)).isEmpty();
        assertThat(client.all(0x10)).hasSize(1);
        assertThat(held.count()).isZero();
        assertThat(rig.broker.connections).hasSize(1);
        client.begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, true, "hello").run();
        assertThat(rig.broker.taken).containsExactly("hello");
        rig.rig.pass(Duration.ofMinutes(1));
        assertThat(client.ended).as("no deadline of the handshake is left").isFalse();
    }

    @Test
    void aWholeHandshakeMayComeAtOnce() {
        assertThat(TestClient10.open(rig.rig).ended).isFalse();
        TestClient10 second = TestClient10.connect(rig.rig);
        second.write(TestClient10.handshake(65_536)).run();
        assertThat(second.all(0x10)).hasSize(1);
        assertThat(second.all(0x18)).isEmpty();
        rig.rig.pass(Duration.ofMinutes(1));
        assertThat(second.ended).isFalse();
    }

    @Test
    void aWrongPasswordIsToldByACloseAfterTheOpen() {
        rig.broker.refusesLogins = true;
        TestClient10 client = opening("vhost:orders");
        assertThat(client.last(0x44).field(0)).hasToString("0");
        assertThat(client.all(0x10)).as("a close has to come after an open").hasSize(1);
        assertThat(client.last(0x18).error(0)).isEqualTo("amqp:unauthorized-access");
    }

    @Test
    void whichHostnamesThereAreIsToldToNobodyWhoIsNotLoggedIn() {
        Rig10 few = new Rig10(options -> options.limits.allowVhosts("orders"));
        VhostsDecide.in(few.rig);
        few.broker.refusesLogins = true;
        TestClient10 stranger = TestClient10.connect(few.rig);
        stranger.write(TestClient10.handshake(65_536)).run();
        assertThat(stranger.last(0x18).error(0)).isEqualTo("amqp:unauthorized-access");
        few.broker.refusesLogins = false;
        TestClient10 known = TestClient10.connect(few.rig);
        known.write(TestClient10.handshake(65_536)).run();
        assertThat(known.last(0x18).error(0)).isEqualTo("amqp:not-allowed");
    }

    @Test
    void whoSaysNoHostnameHasTheTimeOfOneHandshake() {
        TestClient10 client = TestClient10.connect(rig.rig).write(Stream10.SASL).run();
        Duration most = new Rig.Options().handshakeTimeout;
        rig.rig.pass(most.dividedBy(2));
        client.write(Wire10.frame(
                        0, 0x41, new byte[0], new Wire10.Symbol("PLAIN"), "\0guest\0guest".getBytes(ISO_8859_1)))
                .run();
        rig.rig.pass(most.dividedBy(2).minusMillis(1));
        assertThat(held.count()).isEqualTo(1);
        rig.rig.pass(Duration.ofMillis(1));
        assertThat(client.ended).isTrue();
        assertThat(held.count()).isZero();
    }

    @Test
    void whoGoesLeavesNoSecret() {
        introduced().vanish();
        assertThat(held.count()).isZero();
    }
}
