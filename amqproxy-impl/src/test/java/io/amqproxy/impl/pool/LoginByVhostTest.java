package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the vhost decides which broker is asked, a client says it before anybody knows who it is. */
class LoginByVhostTest {

    private final Rig.Options options = new Rig.Options();
    private final List<String> told = new ArrayList<>();

    LoginByVhostTest() {
        options.listener = new ProxyListener() {
            @Override
            public void clientAuthenticated(ClientInfo client) {
                told.add("in: " + client.user() + " in " + client.vhost());
            }

            @Override
            public void clientRefused(ClientInfo client, CloseReason reason) {
                told.add("refused: " + client.user() + " in " + client.vhost());
            }
        };
    }

    private static TestClient introduced(Rig rig, String password) {
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", password, true));
        rig.run();
        return client;
    }

    private static TestClient opening(Rig rig, String password, String vhost) {
        TestClient client = introduced(rig, password);
        client.write(TestClient.tuneOk(100, 8192, 0)).write(TestClient.openVhost(vhost));
        rig.run();
        return client;
    }

    @Test
    void theBrokerIsAskedWhenTheVhostIsKnown() {
        Rig rig = new Rig(options);
        HeldLogins held = VhostsDecide.in(rig);
        TestClient client = introduced(rig, "guest");
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_TUNE);
        assertThat(rig.broker.logins).isZero();
        assertThat(client.link().session().isProved()).isFalse();
        assertThat(client.link().session().heldBytes()).isEqualTo("guest".length() * 3);

        client.write(TestClient.tuneOk(100, 8192, 0)).write(TestClient.openVhost("/"));
        rig.run();
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(client.link().session().isProved()).isTrue();
        assertThat(client.link().session().heldBytes()).isZero();
        assertThat(held.count()).isZero();
        assertThat(rig.broker.logins).isEqualTo(1);
        client.openChannel(1).publish(1, "q", "hello");
        rig.run();
        assertThat(told).containsExactly("in: guest in /");
        rig.pass(Duration.ofMinutes(1));
        assertThat(client.ended).as("no deadline of the handshake is left").isFalse();
    }

    @Test
    void whoComesLaterIsKnownFromTheFirst() {
        Rig rig = new Rig(options);
        VhostsDecide.in(rig);
        opening(rig, "guest", "/");
        TestClient second = rig.connect().logIn("guest", "guest", "/");
        assertThat(second.methods(0))
                .containsExactly(Method.CONNECTION_START, Method.CONNECTION_TUNE, Method.CONNECTION_OPEN_OK);
        assertThat(rig.broker.logins).isEqualTo(1);
        rig.pass(Duration.ofMinutes(1));
        assertThat(second.ended).isFalse();
    }

    @Test
    void aWrongPasswordIsToldWhenTheVhostIsOpened() {
        Rig rig = new Rig(options);
        HeldLogins held = VhostsDecide.in(rig);
        TestClient client = opening(rig, "wrong", "/");
        assertThat(client.closeHeard(0).code()).isEqualTo(403);
        assertThat(client.closeHeard(0).text()).startsWith("ACCESS_REFUSED - Login was refused");
        assertThat(client.link().session().isProved()).isFalse();
        assertThat(told).containsExactly("refused: guest in /");
        assertThat(held.count()).isZero();
    }

    /**
     * RabbitMQ says nothing at log-in to clients that do not announce that they understand it; at this stage all do.
     */
    @Test
    void itIsToldToClientsThatDoNotKnowOfSuchClosesAtLogIn() {
        Rig rig = new Rig(options);
        VhostsDecide.in(rig);
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "wrong", false));
        client.write(TestClient.tuneOk(100, 8192, 0)).write(TestClient.openVhost("/"));
        rig.run();
        assertThat(client.closeHeard(0).code()).isEqualTo(403);
    }

    @Test
    void guessesCountAsTheyDoAtLogIn() {
        Rig rig = new Rig(options);
        VhostsDecide.in(rig);
        for (int i = 0; i < 50; i++) {
            assertThat(opening(rig, "guess " + i, "/").closeHeard(0).code()).isEqualTo(403);
        }
        assertThat(rig.broker.logins).isEqualTo(5);
        assertThat(opening(rig, "guess", "/").closeHeard(0).text()).contains("too many wrong passwords");
    }

    @Test
    void whichVhostsThereAreIsToldToNobodyWhoIsNotLoggedIn() {
        options.limits.allowVhosts("/");
        Rig rig = new Rig(options);
        VhostsDecide.in(rig);
        assertThat(opening(rig, "wrong", "secret").closeHeard(0).code()).isEqualTo(403);
        assertThat(opening(rig, "wrong", "/").closeHeard(0).code()).isEqualTo(403);
        TestClient known = opening(rig, "guest", "secret");
        assertThat(known.closeHeard(0).code()).isEqualTo(530);
        assertThat(known.closeHeard(0).text()).contains("access to vhost 'secret' refused for user 'guest'");
    }

    @Test
    void whoSaysNoVhostHasTheTimeOfOneHandshake() {
        Rig rig = new Rig(options);
        HeldLogins held = VhostsDecide.in(rig);
        TestClient client = rig.connect().write(Frames.HEADER);
        rig.run();
        Duration most = options.handshakeTimeout;
        rig.pass(most.dividedBy(2));
        client.write(TestClient.startOk("guest", "guest", true));
        rig.pass(most.dividedBy(2).minusMillis(1));
        assertThat(client.ended).isFalse();
        assertThat(held.count()).isEqualTo(1);

        rig.pass(Duration.ofMillis(1));
        assertThat(client.ended).isTrue();
        assertThat(held.count()).isZero();
        assertThat(rig.broker.logins).isZero();
    }

    @Test
    void whoGoesLeavesNoSecret() {
        Rig rig = new Rig(options);
        HeldLogins held = VhostsDecide.in(rig);
        TestClient closing = introduced(rig, "guest");
        TestClient cut = introduced(rig, "guest");
        assertThat(held.count()).isEqualTo(2);
        closing.close();
        cut.link().cut();
        rig.run();
        assertThat(held.count()).isZero();
        assertThat(closing.methods(0)).endsWith(Method.CONNECTION_CLOSE_OK);
    }

    @Test
    void aBrokerWithSmallerFramesAndFewerChannelsServesClientsThatWereOfferedMore() {
        options.channelMax = 2;
        options.frameMax = 4096;
        Rig rig = new Rig(options);
        VhostsDecide.in(rig);
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(2047, 128 * 1024, 0)).write(TestClient.openVhost("/"));
        rig.run();
        for (int channel = 1; channel <= 5; channel++) {
            client.openChannel(channel).publish(channel, "q", "x".repeat(100_000));
        }
        rig.run();
        assertThat(rig.broker.published).hasSize(5).allMatch(message -> message.body.length == 100_000);
    }
}
