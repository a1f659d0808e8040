package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.testkit.EmbeddedBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How connections of AMQP 1.0 begin, and what becomes of those that must not, as Broker-J does it without a proxy. */
@Tag("broker")
class Handshake10Test {

    private static final int AUTH = 1;

    private static EmbeddedBroker broker;
    private static AmqProxy proxy;

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.builder().amqp10().start();
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0)
                .start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        broker.close();
    }

    private static RawClient10 client() throws IOException {
        return new RawClient10(proxy.address().getPort());
    }

    /** After log-in. */
    private static RawClient10 authenticated() throws Exception {
        RawClient10 client = client();
        assertThat(client.logIn("guest", "guest")).isZero();
        return client.beginLayer();
    }

    private static int outcome(UnaryOperator<FrameComposer> init) throws Exception {
        try (RawClient10 client = client()) {
            client.greet();
            client.send(init.apply(client.begin(0, CompositeType.SASL_INIT)));
            int code = client.expect(CompositeType.SASL_OUTCOME).ubyte(Performative.SASL_OUTCOME_CODE, -1);
            assertThat(client.isAtEnd()).isTrue();
            return code;
        }
    }

    /** The condition with which an open is refused. */
    private static String refusal(UnaryOperator<FrameComposer> open) throws Exception {
        try (RawClient10 client = authenticated()) {
            client.send(open.apply(client.begin(0, CompositeType.OPEN)));
            Performative failed = client.expect(CompositeType.OPEN);
            assertThat(failed.hasKey(Performative.OPEN_PROPERTIES, "amqp:connection-establishment-failed"))
                    .isTrue();
            return String.valueOf(client.expect(CompositeType.CLOSE).error(Performative.CLOSE_ERROR));
        }
    }

    @Test
    void mechanismsThatNobodyHasAndBadResponsesAreRefusedByAnOutcome() throws Exception {
        byte[] malformed = "guest".getBytes(StandardCharsets.UTF_8);
        assertThat(outcome(init -> init.symbol("OTHER").binary(malformed))).isEqualTo(AUTH);
        assertThat(outcome(init -> init.symbol("EXTERNAL").binary(malformed))).isEqualTo(AUTH);
        assertThat(outcome(init -> init.symbol("PLAIN").binary(malformed))).isEqualTo(AUTH);
        assertThat(outcome(init -> init.symbol("ANONYMOUS"))).isEqualTo(AUTH); // Broker-J does not have it.
    }

    @Test
    void whoSaysNothingWithPlainIsAsked() throws Exception {
        try (RawClient10 client = client()) {
            client.greet();
            client.send(client.begin(0, CompositeType.SASL_INIT).symbol("PLAIN"));
            client.expect(CompositeType.SASL_CHALLENGE);
            client.send(client.begin(0, CompositeType.SASL_RESPONSE)
                    .binary("\0guest\0guest".getBytes(StandardCharsets.UTF_8)));
            assertThat(client.expect(CompositeType.SASL_OUTCOME).ubyte(Performative.SASL_OUTCOME_CODE, -1))
                    .isZero();
        }
    }

    @Test
    void aHostnameThatTheBrokerDoesNotKnowIsRefusedInItsWords() throws Exception {
        assertThat(refusal(open -> open.string("c").string("nowhere"))).isEqualTo(AmqpError.NOT_FOUND);
    }

    @Test
    void anOpenThatCannotBeIsRefusedBeforeTheBrokerHearsOfIt() throws Exception {
        assertThat(refusal(open -> open)).isEqualTo(AmqpError.DECODE_ERROR);
        assertThat(refusal(open -> open.string("c").none().uint(511))).isEqualTo(AmqpError.FRAMING_ERROR);
        assertThat(refusal(open -> open.string("c").none(3).uint(1))).isEqualTo(AmqpError.CONNECTION_FORCED);
    }

    @Test
    void aContainerThatWantsToBeConnectedOnceIs() throws Exception {
        UnaryOperator<FrameComposer> alone =
                open -> open.string("alone").none(7).symbol("sole-connection-for-container");
        try (RawClient10 first = authenticated()) {
            first.send(alone.apply(first.begin(0, CompositeType.OPEN)));
            assertThat(first.expect(CompositeType.OPEN).text(Performative.OPEN_CONTAINER_ID))
                    .isNotEmpty();
            assertThat(refusal(alone)).isEqualTo(AmqpError.INVALID_FIELD);
            first.closeInOrder();
        }
        try (RawClient10 again = authenticated()) {
            again.send(alone.apply(again.begin(0, CompositeType.OPEN)));
            again.expect(CompositeType.OPEN);
            again.closeInOrder();
        }
    }

    @Test
    void aCloseInsteadOfAnOpenIsAnsweredByBoth() throws Exception {
        try (RawClient10 client = authenticated()) {
            client.send(client.begin(0, CompositeType.CLOSE));
            client.expect(CompositeType.OPEN);
            assertThat(client.expect(CompositeType.CLOSE).has(Performative.CLOSE_ERROR))
                    .isFalse();
        }
    }

    @Test
    void channelsAboveTheClientsOwnBoundOrInUseCostTheConnection() throws Exception {
        try (RawClient10 client = authenticated()) {
            client.send(client.begin(0, CompositeType.OPEN)
                    .string("c")
                    .none()
                    .none()
                    .ushort(3));
            client.expect(CompositeType.OPEN);
            client.send(
                    client.begin(4, CompositeType.BEGIN).none().uint(0).uint(8).uint(8));
            assertThat(client.expect(CompositeType.CLOSE).error(Performative.CLOSE_ERROR))
                    .isEqualTo(AmqpError.FRAMING_ERROR);
        }
        try (RawClient10 client = client().open().beginSession(0)) {
            client.send(
                    client.begin(0, CompositeType.BEGIN).none().uint(0).uint(8).uint(8));
            assertThat(client.expect(CompositeType.CLOSE).error(Performative.CLOSE_ERROR))
                    .isEqualTo(AmqpError.FRAMING_ERROR);
        }
    }

    @Test
    void theSessionsOfAllClientsTogetherAreBounded() throws Exception {
        int most = 4096; // That many there may always be.
        int each = 200;
        List<RawClient10> clients = new ArrayList<>();
        try (AmqProxy small = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0)
                .maxBufferBytes(1024 * 1024)
                .start()) {
            for (int i = 0; i < most; i++) {
                if (i % each == 0) {
                    clients.add(new RawClient10(small.address().getPort()).open(each));
                }
                clients.get(i / each).beginSession(i % each);
            }
            RawClient10 last = clients.get(clients.size() - 1);
            last.send(
                    last.begin(each, CompositeType.BEGIN).none().uint(0).uint(1).uint(1));
            assertThat(last.expect(CompositeType.CLOSE).error(Performative.CLOSE_ERROR))
                    .isEqualTo(AmqpError.RESOURCE_LIMIT_EXCEEDED);
            try (RawClient10 modest = new RawClient10(small.address().getPort())) {
                modest.open().beginSession(0).closeInOrder();
            }
        } finally {
            for (RawClient10 client : clients) {
                client.close();
            }
        }
    }
}
