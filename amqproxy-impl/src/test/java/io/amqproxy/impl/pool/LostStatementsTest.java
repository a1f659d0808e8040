package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.CloseMode;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the broker does not answer may be lost with an upstream: then its sender is told, as by a broker that goes. */
class LostStatementsTest {

    private static final int NO_WAIT = 1;
    private static final int DURABLE_NO_WAIT = 1 << 1 | 1 << 4;

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();

    /** What a client says that no answer is wanted to. */
    private static final class Statement {
        private final Method method;
        private final byte[] frame;

        Statement(Method method, byte[] frame) {
            this.method = method;
            this.frame = frame;
        }

        @Override
        public String toString() {
            return method.toString();
        }
    }

    private static Statement binding(Method method) {
        return new Statement(
                method,
                Frames.method(
                        1,
                        method,
                        writer -> writer.shortInt(0)
                                .shortString("q")
                                .shortString("amq.direct")
                                .shortString("key")
                                .octet(NO_WAIT)
                                .table(Map.of())));
    }

    private static Statement naming(Method method, int bits) {
        return new Statement(
                method,
                Frames.method(
                        1, method, writer -> writer.shortInt(0).shortString("q").octet(bits)));
    }

    static List<Statement> statements() {
        return List.of(
                binding(Method.QUEUE_BIND),
                binding(Method.EXCHANGE_BIND),
                binding(Method.EXCHANGE_UNBIND),
                naming(Method.QUEUE_PURGE, NO_WAIT),
                naming(Method.QUEUE_DELETE, 1 << 2),
                naming(Method.EXCHANGE_DELETE, 1 << 1),
                new Statement(
                        Method.QUEUE_DECLARE,
                        Frames.method(
                                1,
                                Method.QUEUE_DECLARE,
                                writer -> writer.shortInt(0)
                                        .shortString("q")
                                        .octet(DURABLE_NO_WAIT)
                                        .table(Map.of()))),
                new Statement(
                        Method.EXCHANGE_DECLARE,
                        Frames.method(
                                1,
                                Method.EXCHANGE_DECLARE,
                                writer -> writer.shortInt(0)
                                        .shortString("x")
                                        .shortString("direct")
                                        .octet(DURABLE_NO_WAIT)
                                        .table(Map.of()))));
    }

    private TestClient client() {
        rig = new Rig(options);
        rig.broker.queue("q").acceptsUnscripted = true;
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "first");
        rig.pass(Duration.ofSeconds(2)); // By now that is proved to have been handled.
        rig.broker.prompt = false;
        return client;
    }

    private void lose() {
        rig.run();
        rig.broker.only().drop();
        rig.broker.prompt = true;
        rig.run();
    }

    private void handleAll() throws AmqpException {
        rig.run();
        BrokerChannel channel = rig.broker.only().channel(1);
        while (channel.hasWork()) {
            channel.handleNext();
        }
        rig.run();
    }

    @ParameterizedTest
    @MethodSource("statements")
    void isTold(Statement statement) {
        TestClient client = client().write(statement.frame);
        lose();

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @ParameterizedTest
    @MethodSource("statements")
    void isNotToldOfWhatAnAnswerHasProved(Statement statement) throws AmqpException {
        TestClient client = client().write(statement.frame).get(1, "q", true);
        if (statement.method == Method.QUEUE_DELETE) {
            client.declareExchange(1, "amq.direct", "direct");
        }
        handleAll();
        boolean closed = client.hears(Method.CHANNEL_CLOSE);
        lose();

        assertThat(closed || client.hears(Method.BASIC_GET_EMPTY) || client.hears(Method.BASIC_GET_OK))
                .isTrue();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("statements")
    void aCloseIsAnsweredWhenTheBrokerHasHandledThem(Statement statement) throws AmqpException {
        TestClient client = client().write(statement.frame).closeChannel(1);
        rig.run();
        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isFalse();
        handleAll();

        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("statements")
    void aCloseIsNotAnsweredAsIfTheyHadBeenHandled(Statement statement) {
        TestClient client = client().write(statement.frame).closeChannel(1);
        lose();

        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isFalse();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aMandatoryPublishIsOne() {
        TestClient client = client().publish(1, "", "nowhere", true, "m");
        lose();

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aMandatoryPublishMayNotBeLostByClosingTheChannel() {
        TestClient client = client().publish(1, "", "nowhere", true, "m").closeChannel(1);
        lose();

        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isFalse();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void aMandatoryPublishMayNotBeLostByClosingTheConnection() {
        TestClient client = client().publish(1, "", "nowhere", true, "m").close();
        lose();

        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isFalse();
        assertThat(client.ended).isTrue();
    }

    @Test
    void noCloseSaysThatAMandatoryPublishWasRoutedWhenItsTimeIsOver() {
        TestClient client = client().publish(1, "", "nowhere", true, "m").close();
        rig.pass(Duration.ofSeconds(20));

        assertThat(client.hears(Method.CONNECTION_CLOSE_OK)).isFalse();
        assertThat(client.ended).isTrue();
    }

    @Test
    void whatConfirmsProveIsNotAtStake() {
        TestClient client = client();
        rig.broker.prompt = true;
        client.openChannel(2)
                .select(2)
                .write(binding(Method.QUEUE_BIND).frame)
                .get(1, "q", true)
                .publish(2, "", "nowhere", true, "m");
        rig.run();
        assertThat(client.hears(Method.BASIC_ACK)).isTrue();
        rig.broker.connections.stream().filter(one -> one.open).toList().forEach(ScriptedBroker.Connection::drop);
        rig.run();

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void anAcknowledgementIsOneToo() throws AmqpException {
        TestClient client = client().get(1, "q", false);
        rig.broker.prompt = true;
        rig.run();
        client.get(1, "q", false);
        rig.run();
        rig.broker.prompt = false;
        client.ack(1, 1, false);
        rig.run();
        rig.broker.connections.stream().filter(one -> one.open).toList().forEach(ScriptedBroker.Connection::drop);
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }

    @ParameterizedTest
    @EnumSource(CloseMode.class)
    void aPublishWithoutConfirmsIsToldUntilItIsProved(CloseMode mode) {
        options.closeMode = mode;
        TestClient client = client().publish(1, "q", "m");
        lose();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
        rig.pass(Duration.ofMillis(20));
        assertThat(client.link().wasReset).isTrue();

        TestClient proved = client().publish(1, "q", "m");
        rig.broker.prompt = true;
        rig.pass(Duration.ofSeconds(2));
        lose();
        assertThat(proved.hears(Method.CONNECTION_CLOSE)).isFalse();
        proved.publish(1, "q", "after");
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.broker.bodies()).endsWith("after");
    }

    @Test
    void whatAClientPublishesAllTheTimeIsProvedOnceASecond() {
        TestClient client = client();
        rig.broker.prompt = true;
        for (int i = 0; i < 40; i++) {
            client.publish(1, "q", "m" + i);
            rig.pass(Duration.ofMillis(100));
        }

        assertThat(rig.broker.only().count(Method.CHANNEL_FLOW)).isBetween(5L, 6L);
        assertThat(rig.broker.published).hasSize(41);
        assertThat(client.hears(Method.CHANNEL_FLOW_OK)).isFalse();
    }

    @Test
    void aFencedCloseIsNotAnsweredAsIfThePublishHadBeenHandled() {
        options.closeMode = CloseMode.FENCED;
        TestClient client = client().publish(1, "q", "m").closeChannel(1);
        lose();

        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isFalse();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
    }
}
