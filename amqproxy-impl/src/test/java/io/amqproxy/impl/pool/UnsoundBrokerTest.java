package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker must not send ends its connection, and no client hears of it but by a close. */
class UnsoundBrokerTest {

    private static final byte[] DELIVERY = Frames.method(
            1,
            Method.BASIC_DELIVER,
            writer -> writer.shortString("tag")
                    .longLong(1)
                    .octet(0)
                    .shortString("")
                    .shortString("jobs"));
    private static final byte[] NO_PROPERTIES = new byte[Frame.MIN_HEADER_PAYLOAD];

    private final Rig rig;
    private final TestClient client;
    private final ScriptedBroker.Connection connection;

    UnsoundBrokerTest() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        rig = new Rig(options);
        rig.broker.queue("jobs");
        client = rig.open();
        client.openChannel(1).consume(1, "jobs", "tag", false);
        rig.run();
        client.heard.clear();
        connection = rig.broker.only();
    }

    private static byte[] header(int bodySize) {
        byte[] payload = NO_PROPERTIES.clone();
        payload[1] = 60;
        payload[11] = (byte) bodySize;
        return Frames.frame(Frame.HEADER, 1, payload);
    }

    private static byte[] body(int octets) {
        return Frames.frame(Frame.BODY, 1, new byte[octets]);
    }

    /** The lengths of exchange and key are 1 and what was the first letter of the key. */
    private static byte[] shifted() {
        byte[] delivery = DELIVERY.clone();
        delivery[delivery.length - 1 - "jobs".length() - 2] = 1;
        return ByteBuffer.allocate(delivery.length + header(1).length + body(1).length)
                .put(delivery)
                .put(header(1))
                .put(body(1))
                .array();
    }

    static Stream<Arguments> offences() {
        byte[] ack =
                Frames.method(1, Method.BASIC_ACK, writer -> writer.longLong(1).octet(0));
        return Stream.of(
                Arguments.of("a header without a method", List.of(header(1))),
                Arguments.of("a body without a method", List.of(body(1))),
                Arguments.of("a body without a header", List.of(DELIVERY, body(1))),
                Arguments.of("a second header", List.of(DELIVERY, header(2), header(3))),
                Arguments.of(
                        "a header that is too short", List.of(DELIVERY, Frames.frame(Frame.HEADER, 1, new byte[13]))),
                Arguments.of("a body that is too long", List.of(DELIVERY, header(2), body(1), body(2))),
                Arguments.of("a body where none is to come", List.of(DELIVERY, header(0), body(1))),
                Arguments.of("a method within content", List.of(DELIVERY, header(2), ack)),
                Arguments.of("arguments that are cut", List.of(Frames.method(1, Method.BASIC_ACK))),
                Arguments.of(
                        "arguments and more",
                        List.of(Frames.method(
                                1,
                                Method.BASIC_CANCEL_OK,
                                writer -> writer.shortString("a").octet(0)))),
                Arguments.of(
                        "a connection's method on a channel", List.of(Frames.method(1, Method.CONNECTION_CLOSE_OK))),
                Arguments.of("a client's method", List.of(Frames.method(1, Method.TX_SELECT))),
                Arguments.of("a whole delivery whose names do not end where they should", List.of(shifted())),
                Arguments.of("a frame of no known type", List.of(Frames.frame(7, 1, new byte[0]))),
                Arguments.of("content on channel 0", List.of(Frames.frame(Frame.BODY, 0, new byte[1]))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("offences")
    void anOffenceOfTheBrokerEndsItsConnectionAndTheClientsGetAClose(String what, List<byte[]> frames) {
        frames.forEach(connection::send);
        rig.run();

        assertThat(connection.open).isFalse();
        assertThat(client.closeHeard(0).code()).isEqualTo(320);
        byte[] last = frames.get(frames.size() - 1);
        assertThat(client.heard).extracting(Heard::bytes).doesNotContain(ByteBuffer.wrap(last));
    }

    static Stream<Arguments> foreign() {
        return Stream.of(
                Arguments.of(
                        "a delivery to a consumer that it does not have",
                        List.of(
                                Frames.method(
                                        1,
                                        Method.BASIC_DELIVER,
                                        writer -> writer.shortString("another")
                                                .longLong(1)
                                                .octet(0)
                                                .shortString("")
                                                .shortString("jobs")),
                                header(1),
                                body(1))),
                Arguments.of(
                        "an answer to a get that it did not ask",
                        List.of(
                                Frames.method(
                                        1,
                                        Method.BASIC_GET_OK,
                                        writer -> writer.longLong(1)
                                                .octet(0)
                                                .shortString("")
                                                .shortString("jobs")
                                                .longInt(0)),
                                header(1),
                                body(1))),
                Arguments.of(
                        "a return of what it did not publish",
                        List.of(
                                Frames.method(
                                        1,
                                        Method.BASIC_RETURN,
                                        writer -> writer.shortInt(312)
                                                .shortString("NO_ROUTE")
                                                .shortString("")
                                                .shortString("jobs")),
                                header(1),
                                body(1))),
                Arguments.of(
                        "a confirm of what it did not publish",
                        List.of(Frames.method(
                                1,
                                Method.BASIC_ACK,
                                writer -> writer.longLong(1).octet(0)))),
                Arguments.of(
                        "the end of a consumer that it does not have",
                        List.of(Frames.method(
                                1,
                                Method.BASIC_CANCEL,
                                writer -> writer.shortString("another").octet(1)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("foreign")
    void whatAClientCannotHaveCausedEndsItsChannelAndIsHeardByNobody(String what, List<byte[]> frames) {
        frames.forEach(connection::send);
        connection.send(DELIVERY);
        connection.send(header(1));
        connection.send(body(1));
        rig.run();

        assertThat(client.methods(1)).containsExactly(Method.CHANNEL_CLOSE);
        assertThat(client.closeHeard(1).code()).isEqualTo(541);
        assertThat(connection.open).isTrue();
        assertThat(connection.channels).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2, -1})
    void aChannelWhoseDeliveryTagsAreNotAsTheyShouldServesNobodyElse(long tag) {
        byte[] delivery = DELIVERY.clone();
        ByteBuffer.wrap(delivery).putLong(delivery.length - 1 - "jobs".length() - 3 - Long.BYTES, tag);
        connection.send(delivery);
        connection.send(header(1));
        connection.send(body(1));
        rig.run();
        client.cancelQuietly(1, "tag").closeChannel(1);
        rig.run();

        assertThat(client.tags(Method.BASIC_DELIVER)).containsExactly(tag);
        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
        assertThat(connection.channels).isEmpty();
    }

    @Test
    void contentThatIsInOrderIsPassedOnWhateverItsPropertiesAre() {
        byte[] payload = {0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, (byte) 0x80, 0, 99, 'x'};
        connection.send(DELIVERY);
        connection.send(Frames.frame(Frame.HEADER, 1, payload));
        connection.send(body(1));
        connection.send(body(2));
        rig.run();

        assertThat(client.heard).hasSize(4);
        assertThat(client.heard.get(1).payload()).isEqualTo(payload);
        assertThat(connection.open).isTrue();
    }
}
