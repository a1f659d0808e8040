package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that is cut off and comes back at once does not come upon what it has left at the broker. */
class PendingCleanupTest {

    private static final int AUTO_DELETE = 1 << 3;

    private final Rig rig = new Rig();
    private TestClient early = rig.open();

    @BeforeEach
    void consumeAndGoWithoutAWord() {
        TestClient client = consume(rig.open());
        rig.run();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
        rig.broker.prompt = false;
        client.link().cut();
        rig.endTurn();
    }

    private static TestClient consume(TestClient client) {
        return client.openChannel(1)
                .write(
                        1,
                        Method.QUEUE_DECLARE,
                        writer -> writer.shortInt(0)
                                .shortString("fixed")
                                .octet(AUTO_DELETE)
                                .table(Map.of()))
                .qos(1, 10, false)
                .consume(1, "fixed", "tag", false);
    }

    private long declared() {
        return rig.broker.connections.stream()
                .mapToLong(one -> one.count(Method.QUEUE_DECLARE))
                .sum();
    }

    private void handleAll() throws AmqpException {
        for (boolean busy = true; busy; rig.run()) {
            busy = false;
            for (ScriptedBroker.Connection connection : rig.broker.connections) {
                for (BrokerChannel channel : List.copyOf(connection.channels.values())) {
                    while (channel.hasWork()) {
                        channel.handleNext();
                        busy = true;
                    }
                }
            }
        }
    }

    @Test
    void itsFirstLeaseWaitsUntilThatIsGone() throws AmqpException {
        TestClient back = consume(rig.open());
        rig.run();
        assertThat(declared()).isEqualTo(1);
        handleAll();

        assertThat(back.hears(Method.BASIC_CONSUME_OK)).isTrue();
        assertThat(back.hears(Method.CHANNEL_CLOSE)).isFalse();
        assertThat(rig.broker.existing("fixed").consumers).hasSize(1);
    }

    @Test
    void butNotForLong() {
        consume(rig.open());
        rig.pass(Duration.ofNanos(PendingCleanup.LONGEST + 1));

        assertThat(declared()).isEqualTo(2);
    }

    @Test
    void whoCameBeforeIsNotHeldUp() {
        consume(early);
        rig.run();

        assertThat(declared()).isEqualTo(2);
    }

    @Test
    void norIsWhoComesFromElsewhere() throws Exception {
        consume(rig.connectFrom(InetAddress.getByAddress(new byte[] {10, 0, 0, 9}))
                .logIn("guest", "guest", "/"));
        rig.run();

        assertThat(declared()).isEqualTo(2);
    }
}
