package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker closes the connection for costs nobody but the client that says it. */
class OddAttaches10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 attach(TestClient10 client, Map<?, ?> properties) {
        Object source = Wire10.composite(0x28, "q");
        Object target = Wire10.composite(0x29, "me");
        return client.say(
                0, 0x12, "r", 0, true, null, null, source, target, null, null, null, null, null, null, properties);
    }

    /** Artemis closes the connection, where others end the link or the session. */
    @ParameterizedTest
    @ValueSource(ints = {0x14, 0x15})
    void aTransactionOfAClientThatHasNoneDoesNotReachABrokerThatClosesTheConnectionForIt(int code) {
        rig.broker.product = "apache-activemq-artemis";
        rig.broker.queue("p").add(new byte[] {0x00, 0x53, 0x75, (byte) 0xA0, 0});
        TestClient10 neighbour = rig.open().begin(0).sender(0, 0, "q").run();
        TestClient10 odd =
                rig.open().begin(0).sender(0, 0, "q").receiver(0, 1, "p").run();
        odd.credit(0, 1, 7, 1).run();
        assertThat(odd.all(0x14)).hasSize(1);
        Object state = Wire10.composite(0x34, new byte[] {1}, Wire10.composite(0x24));
        if (code == 0x14) {
            odd.say(0, code, 0, 0, new byte[] {1}, 0, false, false, null, state);
        } else {
            odd.say(0, code, true, 0, null, true, state);
        }
        odd.run();
        assertThat(odd.last(0x18).error(0)).isEqualTo("amqp:internal-error");
        assertThat(rig.broker.taken).isEmpty();
        assertThat(rig.broker.dispositions).isEmpty();
        byte[] message = {0x00, 0x53, 0x75, (byte) 0xA0, 1, 'x'};
        neighbour.transfer(0, 0, 0, false, new String(message, java.nio.charset.StandardCharsets.ISO_8859_1));
        assertThat(neighbour.run().last(0x15).is(3)).isTrue();
    }

    /** All but RabbitMQ close the connection for it. */
    @ParameterizedTest
    @CsvSource({
        "apache-activemq-artemis, amqp:internal-error",
        "ActiveMQ, amqp:decode-error",
        "RabbitMQ,",
        "Qpid, amqp:internal-error",
    })
    void aFlowOfAReceiverWithoutCreditReachesOnlyBrokersThatTakeIt(String product, @Nullable String condition) {
        rig.broker.product = product;
        TestClient10 odd = rig.open().begin(0).receiver(0, 0, "q").run();
        int flows = rig.broker.flows.size();
        odd.say(0, 0x13, 0, 1000, 0, 1000, 0, 7).run();
        assertThat(rig.broker.flows).hasSize(flows + (condition == null ? 1 : 0));
        assertThat(odd.all(0x18))
                .extracting(close -> close.error(0))
                .containsExactlyElementsOf(condition == null ? List.of() : List.of(condition));
    }

    /** The same brokers, though a sender has to say it. */
    @ParameterizedTest
    @CsvSource({
        "apache-activemq-artemis, amqp:internal-error",
        "ActiveMQ, amqp:decode-error",
        "RabbitMQ,",
        "Qpid, amqp:internal-error",
    })
    void aFlowOfASenderWithoutItsCountReachesOnlyBrokersThatTakeIt(String product, @Nullable String condition) {
        rig.broker.product = product;
        TestClient10 odd = rig.open().begin(0).sender(0, 0, "q").run();
        int flows = rig.broker.flows.size();
        odd.say(0, 0x13, 0, 1000, 0, 1000, 0, null, 5).run();
        assertThat(rig.broker.flows).hasSize(flows + (condition == null ? 1 : 0));
        assertThat(odd.all(0x18))
                .extracting(close -> close.error(0))
                .containsExactlyElementsOf(condition == null ? List.of() : List.of(condition));
    }

    /** Artemis and Classic close the connection for it. */
    @ParameterizedTest
    @CsvSource({
        "apache-activemq-artemis, false, , amqp:internal-error",
        "apache-activemq-artemis, true, a::, amqp:internal-error",
        "apache-activemq-artemis, true, ::, amqp:internal-error",
        "apache-activemq-artemis, true, a::b,",
        "apache-activemq-artemis, false, a::,",
        "ActiveMQ, false, , amqp:decode-error",
        "ActiveMQ, false, queue://, amqp:decode-error",
        "ActiveMQ, true, topic://, amqp:decode-error",
        "ActiveMQ, false, 'temp-queue:// ', amqp:decode-error",
        "ActiveMQ, false, ' ', amqp:decode-error",
        "ActiveMQ, false, queue://q,",
        "ActiveMQ, true, q,",
        "ActiveMQ, false, '',",
        "RabbitMQ, true, ::,",
        "Qpid, false, queue://,",
    })
    void aTerminusOverWhichABrokerFailsReachesOnlyBrokersThatTakeIt(
            String product, boolean isReceiver, @Nullable String address, @Nullable String condition) {
        rig.broker.product = product;
        TestClient10 odd = rig.open().begin(0).sender(0, 0, "q").run();
        Object me = Wire10.composite(isReceiver ? 0x29 : 0x28, "me");
        Object there = address == null ? null : Wire10.composite(isReceiver ? 0x28 : 0x29, address);
        Object source = isReceiver ? there : me;
        Object target = isReceiver ? me : there;
        odd.say(0, 0x12, "x", 1, isReceiver, null, null, source, target, null, null, 0)
                .run();
        assertThat(rig.broker.attaches).isEqualTo(condition == null ? 2 : 1);
        assertThat(odd.all(0x18))
                .extracting(close -> close.error(0))
                .containsExactlyElementsOf(condition == null ? List.of() : List.of(condition));
    }

    /** RabbitMQ ends the session for it, Broker-J the link. */
    @ParameterizedTest
    @CsvSource({"RabbitMQ, true", "Qpid, true", "apache-activemq-artemis, false", "ActiveMQ, false"})
    void aSenderThatDoesNotSayWhereItBeginsToCountIsLeftToBrokersThatRefuseIt(String product, boolean isRefused) {
        rig.broker.product = product;
        TestClient10 odd = rig.open().begin(0);
        odd.say(0, 0x12, "x", 0, false, null, null, Wire10.composite(0x28, "me"), Wire10.composite(0x29, "q"))
                .run();
        assertThat(odd.all(0x17)).hasSize(isRefused ? 1 : 0);
        assertThat(odd.all(0x12)).hasSize(isRefused ? 0 : 1);
    }

    /** Classic fails over one that is null. */
    @ParameterizedTest
    @CsvSource({"ActiveMQ, , true", "ActiveMQ, a = 1, false", "scripted, , false"})
    void aSelectorThatIsNullDoesNotReachClassic(String product, @Nullable String selector, boolean isRefused) {
        rig.broker.product = product;
        for (Object descriptor : List.of(0x468C00000004L, new Wire10.Symbol("apache.org:selector-filter:string"))) {
            rig.broker.attaches = 0;
            TestClient10 odd = rig.open().begin(0).run();
            Map<?, ?> filter = Map.of(new Wire10.Symbol("s"), new Wire10.Described(descriptor, selector));
            Object source = Wire10.composite(0x28, "q", null, null, null, null, null, null, filter);
            odd.say(0, 0x12, "x", 1, true, null, null, source, Wire10.composite(0x29, "me"))
                    .run();
            assertThat(rig.broker.attaches).isEqualTo(isRefused ? 0 : 1);
            assertThat(odd.all(0x18)).hasSize(isRefused ? 1 : 0);
            odd.vanish(); // Its container connects once only.
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Qpid", "scripted"})
    void namesOfPropertiesThatAreNoSymbolsReachOnlyBrokersThatTakeThem(String product) {
        rig.broker.product = product;
        TestClient10 neighbour = rig.open().begin(0).sender(0, 0, "q").run();
        TestClient10 odd = rig.open().begin(0).run();
        attach(odd, Map.of("name", "value")).run();
        boolean isRefused = product.equals("Qpid");
        assertThat(rig.broker.attaches).isEqualTo(isRefused ? 1 : 2);
        assertThat(odd.all(0x12)).hasSize(isRefused ? 0 : 1);
        assertThat(odd.all(0x18)).hasSize(isRefused ? 1 : 0);
        if (isRefused) {
            assertThat(odd.last(0x18).error(0)).isEqualTo("amqp:decode-error");
        }
        assertThat(neighbour.transfer(0, 0, 0, false, "on").run().last(0x15).is(3))
                .isTrue();
    }
}
