package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A client that has got a part of a message takes nothing else on the channel: an error of its channel closes its
 * connection, where the codes and texts are the same.
 */
class ClosedWithinMessageTest {

    private static final int BODY = 100_000;

    private final Rig.Options options = new Rig.Options();
    private final Rig rig;
    private final TestClient client;
    private final TestClient neighbour;

    ClosedWithinMessageTest() {
        options.maxMessageSize = BODY;
        rig = new Rig(options);
        client = rig.open();
        neighbour = rig.open();
    }

    @BeforeEach
    void beginMessage() {
        rig.broker.queue("q");
        neighbour.openChannel(1).publish(1, "other", "x");
        client.openChannel(1).openChannel(2).consume(1, "q", "tag", true);
        rig.run();
        ByteBuffer header = ByteBuffer.allocate(14).putShort((short) 60).putShort((short) 0);
        header.putLong(BODY).putShort((short) 0);
        rig.broker.existing("q").messages.add(new BrokerQueue.Message("", "q", header.array(), new byte[BODY]));
        rig.broker.deliverFrom(rig.broker.existing("q"));
        Objects.requireNonNull(rig.broker.connections.stream()
                        .filter(connection -> connection.link != null && connection.link.canMoveToSession())
                        .findFirst()
                        .orElseThrow()
                        .link)
                .moveToSession(BODY / 2);
        rig.endTurn();
    }

    private void closesItsConnection(int code, String text) {
        rig.run();
        assertThat(client.hears(Method.CHANNEL_CLOSE)).isFalse();
        assertThat(client.closeHeard(0).code()).isEqualTo(code);
        assertThat(client.closeHeard(0).text()).contains(text);
        neighbour.publish(1, "q", "z");
        rig.run();
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void anErrorThatTheClientMakesIsSaidBehindTheMessage() {
        client.publish(1, "q", "x".repeat(2 * BODY));
        client.link().moveToSession(1_000);
        rig.endTurn();
        assertThat(client.hears(Method.CHANNEL_CLOSE)).isFalse();
        rig.run();

        assertThat(client.bodies()).hasSize(BODY);
        assertThat(client.methods(1)).endsWith(Method.BASIC_DELIVER, Method.CHANNEL_CLOSE);
        assertThat(client.closeHeard(1).code()).isEqualTo(406);
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void oneOnPurpose() {
        ((InboundSession) client.link().session()).failChannels((channel, names) -> true, 406, "on purpose");
        rig.endTurn();
        closesItsConnection(406, "on purpose");
    }
}
