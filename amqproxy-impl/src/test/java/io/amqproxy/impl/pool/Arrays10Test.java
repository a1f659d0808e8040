package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** An array that costs a connection to RabbitMQ costs its client its own one, and passes in front of others. */
class Arrays10Test {

    private final Rig10 rig = new Rig10();

    /** Attaches a sender with a property that is an array of a small integer. */
    private TestClient10 attaching() {
        return rig.open()
                .begin(0)
                .write(HexFormat.of()
                        .parseHex("0000003302000000005312c0260ea101734342404000532845005329c004"
                                + "01a10171404043404040c10902a30161e003015201"));
    }

    @Test
    void itClosesTheClientsConnectionInFrontOfRabbitMq() {
        rig.broker.product = "RabbitMQ";
        TestClient10 neighbour = rig.open().begin(0).sender(0, 0, "q").run();
        assertThat(attaching().run().last(CLOSE).error(0)).isEqualTo("amqp:decode-error");
        neighbour.transfer(0, 0, 0, false, "m").run();
        assertThat(rig.broker.taken).containsExactly("m");
        assertThat(rig.broker.attaches).isEqualTo(1);
    }

    @Test
    void itPassesInFrontOfOthers() {
        TestClient10 client = attaching().run();
        assertThat(client.all(CLOSE)).isEmpty();
        assertThat(client.all(ATTACH)).hasSize(1);
    }
}
