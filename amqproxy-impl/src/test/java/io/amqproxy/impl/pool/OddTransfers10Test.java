package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the specification does not allow and brokers take all the same goes through where the one in front takes it. */
class OddTransfers10Test {

    private static final int ATTACH = 0x12;
    private static final int TRANSFER = 0x14;
    private static final int DISPOSITION = 0x15;
    private static final int DETACH = 0x16;

    private final Rig10 rig = new Rig10();

    private TestClient10 sent(byte @Nullable [] tag) {
        return rig.open()
                .begin(0)
                .sender(0, 0, "q")
                .write(Wire10.frame(0, TRANSFER, "m".getBytes(ISO_8859_1), 0, 0, tag, 0, false))
                .run();
    }

    /** All brokers take them, though a tag has 32 octets at the most (part 2, section 2.8.8). */
    @ParameterizedTest
    @ValueSource(ints = {0, 32, 33, 255, 256, 5_000})
    void aTagMayBeOfAnyLength(int octets) {
        TestClient10 client = sent(new byte[octets]);
        assertThat(client.last(DISPOSITION).is(3)).isTrue();
        assertThat(client.all(DETACH)).isEmpty();
        assertThat(rig.broker.taken).containsExactly("m");
    }

    @Test
    void aDeliveryWithoutATagCostsItsLink() {
        TestClient10 client = sent(null);
        assertThat(client.last(DETACH).error(2)).isEqualTo("amqp:invalid-field");
        assertThat(rig.broker.taken).isEmpty();
    }

    @Test
    void butNotInFrontOfRabbitmqWhichDoesWithout() {
        rig.broker.product = "RabbitMQ";
        TestClient10 client = sent(null);
        assertThat(client.last(DISPOSITION).is(3)).isTrue();
        assertThat(rig.broker.taken).containsExactly("m");
    }

    private static Object nested(int depth) {
        Object value = "leaf";
        for (int i = 0; i < depth; i++) {
            value = Map.of(new Wire10.Symbol("k"), value);
        }
        return value;
    }

    private TestClient10 attached(int depth) {
        return rig.open()
                .begin(0)
                .say(
                        0,
                        ATTACH,
                        "s",
                        0,
                        false,
                        null,
                        null,
                        Wire10.composite(0x28, "me"),
                        Wire10.composite(0x29, "q"),
                        null,
                        null,
                        0,
                        null,
                        null,
                        null,
                        Map.of(new Wire10.Symbol("p"), nested(depth)))
                .run();
    }

    private static byte[] message(int section, Object properties) {
        byte[] head = Wire10.encode(new Wire10.Described((long) section, properties));
        byte[] body = {0, 0x53, 0x75, (byte) 0xA0, 1, 'm'};
        return section == 0x78 ? concatenated(body, head) : concatenated(head, body);
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    private static Map<Wire10.Symbol, Object> named(Object value) {
        return Map.of(new Wire10.Symbol("p"), value);
    }

    static Stream<Arguments> properties() {
        Object unsigned = List.of("x", 1);
        return Stream.of(
                Arguments.of("ActiveMQ", 0x72, named(unsigned), true),
                Arguments.of("ActiveMQ", 0x74, Map.of("p", unsigned), true),
                Arguments.of("ActiveMQ", 0x74, Map.of("p", Map.of("x", new byte[1])), true),
                Arguments.of("ActiveMQ", 0x74, Map.of("p", Map.of(new Wire10.Symbol("x"), "y")), true),
                Arguments.of("ActiveMQ", 0x74, Map.of("p", List.of(List.of(1L))), true),
                Arguments.of("ActiveMQ", 0x78, named(unsigned), true),
                Arguments.of("ActiveMQ", 0x71, named(unsigned), false),
                Arguments.of("ActiveMQ", 0x74, Map.of("p", List.of("x", true, Map.of("y", List.of()))), false),
                Arguments.of("ActiveMQ", 0x74, Map.of("p", 1), false),
                Arguments.of("scripted", 0x74, Map.of("p", unsigned), false));
    }

    /** Classic closes the connection for lists and maps of what JMS has no property for. */
    @ParameterizedTest
    @MethodSource("properties")
    void propertiesThatCostTheConnectionAtClassicDoNotReachIt(
            String product, int section, Map<?, ?> properties, boolean isRefused) {
        rig.broker.product = product;
        TestClient10 neighbour = TestClient10.open(rig.rig, "neighbour")
                .begin(0)
                .sender(0, 0, "q")
                .run();
        TestClient10 odd = TestClient10.open(rig.rig, "odd").begin(0).sender(0, 0, "q");
        odd.write(Wire10.frame(0, TRANSFER, message(section, properties), 0, 0, new byte[1], 0, false))
                .run();
        assertThat(odd.all(0x18))
                .extracting(close -> close.error(0))
                .containsExactlyElementsOf(isRefused ? List.of("amqp:decode-error") : List.of());
        assertThat(rig.broker.taken).hasSize(isRefused ? 0 : 1);
        neighbour.transfer(0, 0, 0, false, "unharmed").run();
        assertThat(neighbour.last(DISPOSITION).is(3)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 30})
    void valuesMayLieInEachOther(int depth) {
        assertThat(attached(depth).all(ATTACH)).hasSize(1);
    }

    /** Classic closes the connection for forty. */
    @ParameterizedTest
    @ValueSource(ints = {40, 200})
    void asDeepAsNobodyNeedsItTheyCostNobodyElsesConnection(int depth) {
        TestClient10 neighbour = rig.open().begin(0).sender(0, 0, "q").run();
        assertThat(attached(depth).last(0x18).error(0)).isEqualTo("amqp:decode-error");
        neighbour.transfer(0, 0, 0, false, "unharmed").run();
        assertThat(neighbour.last(DISPOSITION).is(3)).isTrue();
        assertThat(rig.broker.attaches).isEqualTo(1);
    }
}
