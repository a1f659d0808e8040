package io.amqproxy.impl;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.BrokerNode;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import io.amqproxy.testkit.RequiresRabbitMq;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One client breaks the protocol; a neighbour that shares its upstream goes on publishing with confirms. */
@RequiresRabbitMq
class HostileClientTest {

    private static final int OPEN = 1;

    private AmqProxy proxy;
    private Connection neighbourConnection;
    private Channel neighbour;
    private String queue;

    @BeforeEach
    void startProxyAndNeighbour(BrokerNode broker) throws Exception {
        proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker.port())
                .listen(0)
                .start();
        ConnectionFactory factory = JavaClients.factory();
        factory.setUri(Login.guest(proxy.address().getPort()).uri());
        factory.setAutomaticRecoveryEnabled(false);
        neighbourConnection = factory.newConnection();
        neighbour = neighbourConnection.createChannel();
        queue = "hostile";
        neighbour.queueDeclare(queue, false, false, false, null);
        neighbour.queuePurge(queue);
        neighbour.confirmSelect();
    }

    @AfterEach
    void stop() throws Exception {
        neighbour.queueDelete(queue);
        neighbourConnection.close();
        proxy.close();
    }

    static Stream<Arguments> offences() {
        byte[] publish = RawClient.method(
                OPEN,
                Method.BASIC_PUBLISH,
                writer -> writer.shortInt(0)
                        .shortString("")
                        .shortString("hostile")
                        .octet(0));
        byte[] header = RawClient.frame(Frame.HEADER, OPEN, RawClient.header(5));
        byte[] tooMuch = RawClient.frame(Frame.BODY, OPEN, new byte[6]);
        byte[] body = RawClient.frame(Frame.BODY, OPEN, new byte[5]);
        byte[] close = RawClient.method(
                OPEN,
                Method.CHANNEL_CLOSE,
                writer -> writer.shortInt(200).shortString("").longInt(0));
        byte[] consume = RawClient.method(
                OPEN,
                Method.BASIC_CONSUME,
                writer -> writer.shortInt(0)
                        .shortString("hostile")
                        .shortString("tag")
                        .octet(8)
                        .table(Map.of()));
        return Stream.of(
                Arguments.of("channel.close between publish and header", 505, join(publish, close)),
                Arguments.of("channel.close between header and body", 505, join(publish, header, close)),
                Arguments.of("publish in publish", 505, join(publish, publish)),
                Arguments.of("body without publish", 505, body),
                Arguments.of("header without publish", 505, header),
                Arguments.of("body before header", 505, join(publish, body)),
                Arguments.of("body longer than its header said", 505, join(publish, header, tooMuch)),
                Arguments.of("body on channel 0", 505, RawClient.frame(Frame.BODY, 0, new byte[5])),
                Arguments.of("the same consumer tag twice", 530, join(consume, consume)),
                Arguments.of(
                        "immediate publish",
                        540,
                        RawClient.method(
                                OPEN,
                                Method.BASIC_PUBLISH,
                                writer -> writer.shortInt(0)
                                        .shortString("")
                                        .shortString("q")
                                        .octet(2))),
                Arguments.of("flow off", 540, RawClient.method(OPEN, Method.CHANNEL_FLOW, writer -> writer.octet(0))),
                Arguments.of(
                        "prefetch size",
                        540,
                        RawClient.method(
                                OPEN,
                                Method.BASIC_QOS,
                                writer -> writer.longInt(10).shortInt(0).octet(0))),
                Arguments.of(
                        "recover without requeue",
                        540,
                        RawClient.method(OPEN, Method.BASIC_RECOVER, writer -> writer.octet(0))),
                Arguments.of(
                        "second channel.open",
                        504,
                        RawClient.method(OPEN, Method.CHANNEL_OPEN, writer -> writer.shortString(""))),
                Arguments.of("method on a channel not open", 504, RawClient.method(7, Method.TX_SELECT, writer -> {})),
                Arguments.of("content on a channel not open", 505, RawClient.frame(Frame.BODY, 7, new byte[5])),
                Arguments.of("frame over frame_max", 501, RawClient.frame(Frame.BODY, OPEN, new byte[131_073])),
                Arguments.of("unknown frame type", 501, RawClient.frame(9, OPEN, new byte[5])),
                Arguments.of("bad frame end", 501, badEnd(body)),
                Arguments.of("unknown method", 503, RawClient.frame(Frame.METHOD, OPEN, ints(60 << 16 | 99))),
                Arguments.of("method of the broker", 503, RawClient.method(OPEN, Method.BASIC_QOS_OK, writer -> {})),
                Arguments.of("method frame without a method", 501, RawClient.frame(Frame.METHOD, OPEN, new byte[2])),
                Arguments.of(
                        "field table cut short",
                        501,
                        RawClient.method(
                                OPEN,
                                Method.QUEUE_DECLARE,
                                writer -> writer.shortInt(0)
                                        .shortString("x")
                                        .octet(0)
                                        .longInt(1000))),
                Arguments.of(
                        "arguments cut short",
                        501,
                        RawClient.method(OPEN, Method.QUEUE_DECLARE, writer -> writer.shortInt(0))),
                Arguments.of(
                        "name that is not UTF-8",
                        501,
                        RawClient.method(
                                OPEN,
                                Method.QUEUE_DELETE,
                                writer ->
                                        writer.shortInt(0).octet(1).octet(0xFF).octet(0))),
                Arguments.of(
                        "field table with a number that is none",
                        502,
                        RawClient.method(
                                OPEN,
                                Method.QUEUE_DECLARE,
                                writer -> writer.shortInt(0)
                                        .shortString("x")
                                        .octet(0)
                                        .table(Map.of("number", Double.NaN)))),
                Arguments.of(
                        "malformed content header",
                        541,
                        join(publish, RawClient.frame(Frame.HEADER, OPEN, badHeader()), body)),
                Arguments.of(
                        "connection.open again",
                        504,
                        RawClient.method(
                                0,
                                Method.CONNECTION_OPEN,
                                writer ->
                                        writer.shortString("/").shortString("").octet(0))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("offences")
    void theOffenderGetsTheBrokersCodeAndItsNeighbourGoesOn(String offence, int code, byte[] bytes) throws Exception {
        try (RawClient offender = RawClient.open(proxy.address().getPort()).openChannel(OPEN)) {
            offender.write(RawClient.publish(OPEN, queue, "before".getBytes(StandardCharsets.UTF_8)));
            publishAndConfirm();
            long upstreams = proxy.stats().upstreamsTotal();

            offender.write(bytes);

            RawClient.Received close = offender.read();
            while (close.method() != Method.CONNECTION_CLOSE.id()) {
                close = offender.read();
            }
            assertThat(close.code()).as(close.text()).isEqualTo(code);
            offender.write(RawClient.method(0, Method.CONNECTION_CLOSE_OK, writer -> {}));
            assertThat(offender.isAtEnd()).isTrue();
            publishAndConfirm();
            assertThat(proxy.stats().upstreamsTotal() - upstreams).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aClientThatVanishesAtAnyByteOfAPublishLeavesNothingBehind() throws Exception {
        byte[] publish = RawClient.publish(OPEN, queue, "truncated".getBytes(StandardCharsets.UTF_8));

        for (int length = 1; length < publish.length; length++) {
            RawClient client = RawClient.open(proxy.address().getPort()).openChannel(OPEN);
            client.write(publish, length);
            if (length % 2 == 0) {
                client.kill();
            } else {
                client.close();
            }
        }

        Await.until("all are gone but the neighbour", () -> proxy.stats().clients() == 1);
        publishAndConfirm();
        assertThat(neighbour.messageCount(queue)).isEqualTo(1);
        assertThat(new String(neighbour.basicGet(queue, true).getBody(), StandardCharsets.UTF_8))
                .isEqualTo("from the neighbour");
    }

    @Test
    void aWrongHeaderIsAnsweredWithTheRightOne() throws Exception {
        try (RawClient client = new RawClient(proxy.address().getPort())) {
            client.write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));

            assertThat(client.readBytes(8)).isEqualTo("AMQP\0\0\11\1".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    private void publishAndConfirm() throws Exception {
        neighbour.basicPublish("", queue, null, "from the neighbour".getBytes(StandardCharsets.UTF_8));
        neighbour.waitForConfirmsOrDie(120_000);
    }

    private static byte[] badHeader() {
        return ByteBuffer.wrap(RawClient.header(5)).putShort(12, (short) 0x8000).array();
    }

    private static byte[] badEnd(byte[] frame) {
        byte[] bad = frame.clone();
        bad[bad.length - 1] = 0;
        return bad;
    }

    private static byte[] ints(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteBuffer joined = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            joined.put(part);
        }
        return joined.array();
    }

    /** An end of the stream that comes before the client's own, or a reset, is a failure to some clients. */
    @Test
    void aClientThatSaysMoreAfterItsCloseGetsTheEndInOrder() throws Exception {
        try (RawClient client = RawClient.open(proxy.address().getPort())) {
            client.write(RawClient.bye());
            client.expect(Method.CONNECTION_CLOSE_OK);
            for (int i = 0; i < 100; i++) {
                client.write(RawClient.frame(Frame.HEARTBEAT, 0, new byte[0]));
            }
            client.endOutput();
            assertThat(client.isAtEnd()).isTrue();
        }
    }
}
