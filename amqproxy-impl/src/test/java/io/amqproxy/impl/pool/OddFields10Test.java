package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A frame that says something else than what belongs into its fields ends its session in front of RabbitMQ, and the
 * client's connection in front of others, as these brokers do it, and it reaches none of them.
 */
class OddFields10Test {

    private static final String DECODE_ERROR = "amqp:decode-error";

    private static final Wire10.Symbol AMQP_X = new Wire10.Symbol("amqp:x");

    private final Rig10 rig = new Rig10();

    /** A performative with its fields. */
    record Said(String what, int code, List<@Nullable Object> fields) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Said said(String what, int code, @Nullable Object... fields) {
        return new Said(what, code, Arrays.asList(fields));
    }

    static Stream<Said> odd() {
        Object me = Wire10.composite(0x28, "me");
        Object queue = Wire10.composite(0x29, "q");
        return Stream.of(
                said("attach without a name", 0x12, null, 1, false, null, null, me, queue, null, null, 0),
                said("attach without a role", 0x12, "x", 1, null, null, null, me, queue, null, null, 0),
                said("attach with a handle that is text", 0x12, "x", "1", false, null, null, me, queue),
                said("attach with a settle mode of 7", 0x12, "x", 1, false, (byte) 7, null, me, queue, null, null, 0),
                said("attach with a source that is a target", 0x12, "x", 1, false, null, null, queue, queue),
                said(
                        "attach with an address that is a number",
                        0x12,
                        "x",
                        1,
                        false,
                        null,
                        null,
                        me,
                        Wire10.composite(0x29, 7),
                        null,
                        null,
                        0),
                said(
                        "attach with a durability of 7",
                        0x12,
                        "x",
                        1,
                        false,
                        null,
                        null,
                        me,
                        Wire10.composite(0x29, "q", 7),
                        null,
                        null,
                        0),
                said("flow without windows", 0x13, 0, null, 0, 1000),
                said("flow with a credit that is text", 0x13, 0, 1000, 0, 1000, 0, 0, "1"),
                said("transfer without a handle", 0x14, null, 0, new byte[] {1}, 0, true),
                said("transfer with a tag that is text", 0x14, 0, 0, "1", 0, true),
                said("disposition without a role", 0x15, null, 0, null, true),
                said("disposition with a number that is text", 0x15, true, "0", null, true),
                said("detach without a handle", 0x16, null, true));
    }

    private List<Integer> atBroker() {
        return List.of(
                rig.broker.attaches, rig.broker.flows.size(), rig.broker.taken.size(), rig.broker.dispositions.size());
    }

    @ParameterizedTest
    @MethodSource("odd")
    void itEndsNoMoreThanItsSessionInFrontOfRabbitMq(Said said) {
        rig.broker.product = "RabbitMQ";
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").begin(1).sender(1, 0, "q").run();
        List<Integer> before = new ArrayList<>(atBroker());
        client.say(0, said.code(), said.fields().toArray()).run();
        client.say(0, said.code(), said.fields().toArray()).run(); // What follows on that channel is dropped.
        assertThat(client.all(0x17)).hasSize(1);
        assertThat(client.last(0x17).error(0)).isEqualTo(DECODE_ERROR);
        assertThat(atBroker()).isEqualTo(before);

        client.transfer(1, 0, 0, false, "other session").run();
        client.say(0, 0x17)
                .begin(0)
                .sender(0, 0, "q")
                .run()
                .transfer(0, 0, 0, false, "next session")
                .run();
        assertThat(rig.broker.taken).containsExactly("other session", "next session");
        assertThat(client.all(0x18)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("odd")
    void itEndsTheConnectionInFrontOfOthers(Said said) {
        for (String product : List.of("ActiveMQ", "apache-activemq-artemis", "Qpid", "scripted")) {
            rig.broker.product = product;
            TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
            List<Integer> before = new ArrayList<>(atBroker());
            client.say(0, said.code(), said.fields().toArray()).run();
            assertThat(client.last(0x18).error(0)).isEqualTo(DECODE_ERROR);
            assertThat(client.all(0x17)).isEmpty();
            assertThat(atBroker()).isEqualTo(before);
            client.vanish();
        }
    }

    /** RabbitMQ closes the connection as well. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a value of an unknown type",
                "more fields than there are",
                "an unknown outcome",
                "a begin",
                "no session"
            })
    void whatIsWorseEndsTheConnection(String what) {
        rig.broker.product = "RabbitMQ";
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        switch (what) {
            case "a value of an unknown type" ->
                client.write(new byte[] {0, 0, 0, 16, 2, 0, 0, 0, 0, 0x53, 0x13, (byte) 0xC0, 2, 1, (byte) 0xFF, 0});
            case "more fields than there are" -> client.say(0, 0x16, 0, true, null, null);
            case "an unknown outcome" -> client.say(0, 0x15, true, 0, null, true, Wire10.composite(0x77));
            case "a begin" -> client.say(1, 0x11, null, "0", 1000, 1000);
            default -> client.say(5, 0x13, 0, null, 0, 1000);
        }
        assertThat(client.run().last(0x18).error(0)).isEqualTo(DECODE_ERROR);
        assertThat(client.all(0x17)).isEmpty();
    }

    static Stream<Object> noErrors() {
        return Stream.of(
                "error",
                7,
                List.of(AMQP_X),
                new Wire10.Raw(new byte[] {0x53, 0x40}),
                Wire10.composite(0x24),
                Wire10.composite(0x77),
                Wire10.composite(0x1D),
                Wire10.composite(0x1D, "amqp:x", "text that is no symbol"),
                Wire10.composite(0x1D, AMQP_X, 7),
                Wire10.composite(0x1D, AMQP_X, "text", "no map"));
    }

    /** RabbitMQ does not look at what clients say there. */
    @ParameterizedTest
    @MethodSource("noErrors")
    void anErrorThatIsNoneIsNotLookedAtInFrontOfRabbitMq(Object error) {
        rig.broker.product = "RabbitMQ";
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "q").run();
        client.say(0, 0x16, 0, true, error).run();
        assertThat(client.last(0x16).field(1)).isEqualTo(true);
        assertThat(client.last(0x16).error(2)).isEmpty();
        client.say(0, 0x17, error).run();
        assertThat(client.last(0x17).error(0)).isEmpty();
        client.begin(0)
                .sender(0, 0, "q")
                .transfer(0, 0, 0, false, "next session")
                .run();
        assertThat(rig.broker.taken).containsExactly("next session");
        client.say(0, 0x18, error).run();
        assertThat(client.last(0x18).error(0)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("noErrors")
    void anErrorThatIsNoneEndsTheConnectionInFrontOfOthers(Object error) {
        List<Said> all =
                List.of(said("detach", 0x16, 0, true, error), said("end", 0x17, error), said("close", 0x18, error));
        for (Said said : all) {
            TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
            client.say(0, said.code(), said.fields().toArray()).run();
            assertThat(client.last(0x18).error(0)).as(said.what()).isEqualTo(DECODE_ERROR);
            client.vanish();
        }
    }

    /** How many fields there are said to be, beside those that there are. */
    @ParameterizedTest
    @ValueSource(ints = {0, 4, 9})
    void howManyFieldsThereAreSaidToBeIsNotLookedAtInFrontOfRabbitMq(int said) {
        rig.broker.product = "RabbitMQ";
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "q").run();
        client.write(counted(Wire10.frame(0, 0x16, new byte[0], 0, true), said)).run();
        assertThat(client.last(0x16).field(1)).isEqualTo(true);
        client.write(counted(Wire10.frame(0, 0x14, new byte[] {'m'}, 1, 0, new byte[] {1}, 0, false), said))
                .run();
        assertThat(rig.broker.taken).containsExactly("m");
        byte[] end = Wire10.frame(0, 0x17, new byte[0], Wire10.composite(0x1D, AMQP_X));
        client.write(counted(end, said)).run();
        assertThat(client.all(0x17)).hasSize(1);
        assertThat(client.all(0x18)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 9})
    void howManyFieldsThereAreSaidToBeHasToFitInFrontOfOthers(int said) {
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        client.write(counted(Wire10.frame(0, 0x16, new byte[0], 0, true), said)).run();
        assertThat(client.last(0x18).error(0)).isEqualTo(DECODE_ERROR);
    }

    /** The same frame, whose short list says that it has so many fields. */
    private static byte[] counted(byte[] frame, int fields) {
        int list = 11;
        assertThat(frame[list]).isEqualTo((byte) 0xC0);
        frame[list + 2] = (byte) fields;
        return frame;
    }
}
