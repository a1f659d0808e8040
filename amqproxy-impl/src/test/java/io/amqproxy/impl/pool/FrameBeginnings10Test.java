package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A frame that cannot be one is told by its first four octets, as brokers do: the rest may never come. */
class FrameBeginnings10Test {

    private static final int SASL_MECHANISMS = 0x40;
    private static final int BEGIN = 0x11;
    private static final int CLOSE = 0x18;

    private final Rig10 rig = new Rig10();

    private static byte[] size(int size, int octets) {
        byte[] frame = {(byte) (size >> 24), (byte) (size >> 16), (byte) (size >> 8), (byte) size, 2, 0, 0};
        return Arrays.copyOf(frame, octets);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 65_537, Integer.MAX_VALUE, -1})
    void aSizeThatNoFrameHasClosesTheConnection(int size) {
        TestClient10 neighbour = rig.open().begin(0).sender(0, 0, "q").run();
        for (int octets = 4; octets < 8; octets++) {
            TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
            client.write(size(size, octets)).run();
            assertThat(client.last(CLOSE).error(0)).isEqualTo("amqp:connection:framing-error");
            assertThat(client.ended).isTrue();
        }
        neighbour.transfer(0, 0, 0, false, "unharmed").run();
        assertThat(neighbour.last(0x15).is(3)).isTrue();
    }

    @Test
    void aFrameMayComeOctetByOctet() {
        TestClient10 client = rig.open();
        byte[] empty = size(8, 8);
        for (int i = 0; i < 20; i++) {
            for (byte octet : empty) {
                client.write(new byte[] {octet}).run();
            }
        }
        client.begin(0).run();
        assertThat(client.all(BEGIN)).hasSize(1);
        assertThat(client.all(CLOSE)).isEmpty();
    }

    @Test
    void beforeLogInTheSocketIsClosed() {
        TestClient10 client = TestClient10.connect(rig.rig).write(Stream10.SASL).run();
        assertThat(client.all(SASL_MECHANISMS)).hasSize(1);
        client.write(size(7, 7)).run();
        assertThat(client.ended).isTrue();
    }

    /** A protocol header is none, whatever size its first octets would be. */
    @Test
    void aHeaderMayComeOctetByOctet() {
        TestClient10 client = TestClient10.connect(rig.rig);
        for (byte octet : TestClient10.handshake(65_536)) {
            client.write(new byte[] {octet}).run();
        }
        assertThat(client.all(0x10)).hasSize(1);
    }
}
