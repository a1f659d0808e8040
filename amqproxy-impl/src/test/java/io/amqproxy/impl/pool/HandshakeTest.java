package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.amqp091.broker.Amqp091Profile;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    void clientsThatComeBeforeTheBrokerHasIntroducedItselfWaitForThat() throws Exception {
        Rig rig = new Rig();
        Amqp091Context.of(rig.loop).greeting().await();
        TestClient gone = rig.connect().write(Frames.HEADER);
        TestClient client = rig.connect().write(Frames.HEADER);
        rig.run();
        assertThat(client.heard).isEmpty();
        gone.link().cut();
        rig.run();

        Amqp091Context.of(rig.loop)
                .greeting()
                .onProfile(new Amqp091Profile(Map.of("product", "Some Broker"), List.of("PLAIN"), "en_US"));
        rig.run();
        assertThat(productIn(client.last(Method.CONNECTION_START))).isEqualTo("Some Broker");
        TestClient later = rig.connect().write(Frames.HEADER);
        rig.run();
        assertThat(productIn(later.last(Method.CONNECTION_START))).isEqualTo("Some Broker");
        assertThat(gone.heard).isEmpty();
        client.write(TestClient.startOk("guest", "guest", true));
        rig.run();
        assertThat(client.hears(Method.CONNECTION_TUNE)).isTrue();
    }

    @Test
    void clientsWaitForABrokerThatSaysNothingForABoundedTime() throws Exception {
        Rig rig = new Rig(options);
        Amqp091Context.of(rig.loop).greeting().await();
        TestClient client = rig.connect().write(Frames.HEADER);
        rig.pass(options.acquireTimeout.minusMillis(1));
        assertThat(client.heard).isEmpty();

        rig.pass(Duration.ofMillis(1));
        assertThat(productIn(client.last(Method.CONNECTION_START))).isEqualTo("AmqProxy");
    }

    private static String productIn(Frames.Heard start) throws Exception {
        var arguments = start.arguments();
        arguments.octet();
        arguments.octet();
        return String.valueOf(arguments.table().get("product"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "guest", "\0guest", "other\0guest\0guest", "\0guest\0guest\0"})
    void aPlainResponseOfAnotherFormIsRefused(String response) {
        TestClient client = new Rig().connect().write(Frames.HEADER);
        client.write(Frames.method(
                0,
                Method.CONNECTION_START_OK,
                writer -> writer.table(Map.of())
                        .shortString("PLAIN")
                        .longString(response)
                        .shortString("en_US")));
        client.rig.run();

        assertThat(client.closeHeard(0))
                .isEqualTo(new TestClient.Close(502, "SYNTAX_ERROR - response of mechanism PLAIN is malformed"));
        assertThat(client.rig.broker.logins).isZero();
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

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 501, 530, 540})
    void whateverTheBrokerSaysToAVhostArrivesAsItIsAndAtOnce(int code) {
        Rig rig = new Rig();
        rig.broker.unknownVhost = code;
        TestClient client = rig.connect().logIn("guest", "guest", "nowhere");

        assertThat(client.closeHeard(0).code()).isEqualTo(code);
        assertThat(client.closeHeard(0).text()).contains("nowhere");
        assertThat(rig.broker.connections).hasSize(1);
    }

    @Test
    void credentialsThatFitBeforeTuneReachTheBroker() {
        Rig rig = new Rig();
        rig.broker.password = "x".repeat(3800);
        TestClient client = rig.connect().logIn("guest", rig.broker.password, "/");

        assertThat(client.methods(0)).endsWith(Method.CONNECTION_OPEN_OK);
        assertThat(rig.broker.only().heard.get(0).payload().length).isLessThanOrEqualTo(4096);
    }

    @Test
    void credentialsThatTheBrokerWouldNotReadAreRefusedInItsPlace() {
        Rig rig = new Rig();
        TestClient client = rig.connect().logIn("guest", "x".repeat(4096), "/");

        assertThat(client.closeHeard(0).code()).isEqualTo(403);
        assertThat(client.closeHeard(0).text()).contains("4096").doesNotContain("xxx");
        assertThat(rig.broker.logins).isZero();
        assertThat(rig.health).isEmpty();
        assertThat(rig.registry.endpointStats())
                .allSatisfy(stats -> assertThat(stats.reachable()).isTrue());
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
