package io.amqproxy.impl.amqp10;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.EmbeddedBroker;
import io.amqproxy.testkit.JavaClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which protocol clients may speak is the broker's matter: the proxy finds it out and answers as the broker does. */
@Tag("broker")
class SpokenProtocolsTest {

    private static final byte[] SASL_1_0 = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};
    private static final byte[] AMQP_1_0 = {'A', 'M', 'Q', 'P', 0, 1, 0, 0};
    private static final byte[] AMQP_0_9_1 = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final byte[] HTTP = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] NOTHING = {};

    private static AmqProxy inFrontOf(EmbeddedBroker broker) {
        return AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen("127.0.0.1", 0)
                .start();
    }

    /** What is answered to these octets before the connection ends. */
    private static byte[] answer(AmqProxy proxy, byte[] octets) throws IOException {
        try (RawClient10 client = new RawClient10(proxy.address().getPort())) {
            client.raw(octets);
            byte[] heard = client.read(8);
            assertThat(client.isAtEnd()).isTrue();
            return heard;
        }
    }

    @Test
    void aBrokerOf091AnswersClientsOf10WithItsOwnHeader() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                AmqProxy proxy = inFrontOf(broker)) {
            assertThat(answer(proxy, SASL_1_0)).isEqualTo(AMQP_0_9_1);
            assertThat(answer(proxy, AMQP_1_0)).isEqualTo(AMQP_0_9_1);
            assertThat(answer(proxy, HTTP)).isEqualTo(AMQP_0_9_1);
        }
    }

    @Test
    void aBrokerOf10AnswersClientsOf091WithItsOwnHeaderAndServesThoseOf10() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.builder().amqp10Only().start();
                AmqProxy proxy = inFrontOf(broker)) {
            assertThat(answer(proxy, AMQP_0_9_1)).isEqualTo(SASL_1_0);
            assertThat(answer(proxy, HTTP)).isEqualTo(SASL_1_0);
            try (RawClient10 client = new RawClient10(proxy.address().getPort())) {
                client.open().closeInOrder();
            }
            Await.until("the endpoint is known to be well", () -> proxy.health().ready());
        }
    }

    @Test
    void whoWantsNoSaslIsToldThatBrokersInsistOnIt() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.builder().amqp10().start();
                AmqProxy proxy = inFrontOf(broker)) {
            assertThat(answer(proxy, AMQP_1_0)).isEqualTo(SASL_1_0);
            assertThat(answer(proxy, HTTP)).isEqualTo(SASL_1_0);
        }
    }

    /** The broker has not said yet what it speaks when a client comes. */
    @Test
    void whoSpeaksSomethingElseIsAnsweredWithTheBrokersHeaderFromTheBeginning() throws Exception {
        try (ServerSocket broker = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                AmqProxy proxy = AmqProxy.builder()
                        .upstream("amqp://127.0.0.1:" + broker.getLocalPort())
                        .listen("127.0.0.1", 0)
                        .start();
                RawClient10 client = new RawClient10(proxy.address().getPort())) {
            client.raw(HTTP);
            broker.setSoTimeout(60_000);
            for (int protocols = 0; protocols < 2; protocols++) {
                try (Socket probe = broker.accept()) {
                    probe.getInputStream().readNBytes(SASL_1_0.length);
                    probe.getOutputStream().write(SASL_1_0);
                    probe.getOutputStream().write(Wire10.frame(0, 0x40, NOTHING, new Wire10.Symbol("PLAIN")));
                }
            }
            assertThat(client.read(8)).isEqualTo(SASL_1_0);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void theBrokerIsAskedOnceForEachProtocolHoweverManyClientsCome() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                AmqProxy proxy = inFrontOf(broker)) {
            for (int i = 0; i < 5; i++) {
                assertThat(answer(proxy, SASL_1_0)).isEqualTo(AMQP_0_9_1);
            }
            ConnectionFactory factory = JavaClients.factory();
            factory.setPort(proxy.address().getPort());
            try (Connection connection = factory.newConnection()) {
                assertThat(connection.isOpen()).isTrue();
            }
            assertThat(broker.connectionsOpened()).isEqualTo(3); // One of them for the client.
        }
    }
}
