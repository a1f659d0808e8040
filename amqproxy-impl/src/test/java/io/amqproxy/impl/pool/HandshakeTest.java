package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.wire.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Opening a connection, stage by stage as the broker does it. */
class HandshakeTest {

    private final Rig.Options options = new Rig.Options();

    @Test
    void aHandshakeIsAnsweredTheSameWhereverItIsSplit() {
        List<Method> whole = List.of(Method.CONNECTION_START, Method.CONNECTION_TUNE, Method.CONNECTION_OPEN_OK);
        byte[] start = TestClient.startOk("guest", "guest", true);
        for (int cut = 0; cut < start.length; cut++) {
            TestClient client = new Rig().connect();
            client.write(Frames.HEADER).write(start).write(TestClient.tuneOk(100, 8192, 0));
            client.write(TestClient.openVhost("/"));
            client.link().moveToSession(Frames.HEADER.length + cut);
            client.rig.run();
            assertThat(client.methods(0)).isEqualTo(whole);
        }
    }

    @Test
    void aHandshakeMayComeByteByByte() {
        Rig rig = new Rig();
        TestClient client = rig.connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(100, 8192, 0)).write(TestClient.openVhost("/"));
        while (client.link().waitingForSession() > 0) {
            if (client.link().canMoveToSession()) {
                client.link().moveToSession(1);
                rig.endTurn();
            } else {
                rig.moveSome(new java.util.Random(1));
            }
        }
        rig.run();
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
    }

    @Test
    void aWrongHeaderIsAnsweredWithTheRightOne() {
        Rig rig = new Rig();
        List<Byte> answer = new ArrayList<>();
        TestClient client = new TestClient(rig) {
            @Override
            public void onBytes(byte[] bytes) {
                for (byte octet : bytes) {
                    answer.add(octet);
                }
            }
        };
        rig.attach(client);
        client.write("AMQP\0\1\0\0".getBytes(ISO_8859_1));
        rig.run();

        assertThat(answer)
                .containsExactly(
                        (byte) 'A', (byte) 'M', (byte) 'Q', (byte) 'P', (byte) 0, (byte) 0, (byte) 9, (byte) 1);
        assertThat(client.ended).isTrue();
    }

    @Test
    void aWrongPasswordIsRefusedInTheBrokersWords() {
        TestClient client = new Rig().connect().logIn("guest", "wrong", "/");

        assertThat(client.closeHeard(0).code()).isEqualTo(403);
        assertThat(client.closeHeard(0).text()).contains("Login was refused");
        assertThat(client.hears(Method.CONNECTION_TUNE)).isFalse();
    }

    @Test
    void aClientThatDoesNotKnowTheCloseIsCutOffForAWrongPassword() {
        TestClient client = new Rig().connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "wrong", false));
        client.rig.run();

        assertThat(client.methods(0)).containsExactly(Method.CONNECTION_START);
        assertThat(client.ended).isTrue();
    }

    @Test
    void aWrongVhostIsRefusedInTheBrokersWords() {
        TestClient client = new Rig().connect().logIn("guest", "guest", "none");

        assertThat(client.closeHeard(0)).isEqualTo(new TestClient.Close(530, "NOT_ALLOWED - vhost none not found"));
    }

    @Test
    void theBrokerIsAskedOnceWhileItsAnswerIsFresh() {
        options.credentialTtl = Duration.ofMinutes(1);
        Rig rig = new Rig(options);
        rig.open();
        rig.open();
        rig.open();
        assertThat(rig.broker.logins).isEqualTo(1);

        rig.pass(Duration.ofMinutes(2)).open();
        assertThat(rig.broker.logins).isEqualTo(2);
    }

    @Test
    void manyClientsWaitForOneLogIn() {
        Rig rig = new Rig();
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            TestClient client = rig.connect();
            client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
            client.write(TestClient.tuneOk(100, 8192, 0)).write(TestClient.openVhost("/"));
            client.link().moveToSession(Integer.MAX_VALUE);
            rig.endTurn();
            clients.add(client);
        }
        rig.run();

        assertThat(rig.broker.logins).isEqualTo(1);
        assertThat(clients).allSatisfy(client -> assertThat(client.methods(0)).endsWith(Method.CONNECTION_OPEN_OK));
    }

    @ParameterizedTest
    @CsvSource({"100,1", "100,4095", "100,0", "100,131073", "0,8192", "201,8192"})
    void limitsBeyondTheOfferAreRefused(int channelMax, int frameMax) {
        TestClient client = new Rig().connect();
        client.write(Frames.HEADER).write(TestClient.startOk("guest", "guest", true));
        client.write(TestClient.tuneOk(channelMax, frameMax, 0));
        client.rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(530);
    }
}
