package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client is told that it is blocked while anything of it is, by whomever, and that it is not when nothing is. */
class BlockedClientsTest {

    private static final String BLOCKED = "connection.blocked";
    private static final String UNBLOCKED = "connection.unblocked";

    private final Rig.Options options = new Rig.Options();
    private final Rig rig = new Rig(options);
    private final TestClient client = rig.connect();

    @BeforeEach
    void publish() {
        rig.broker.queue("q");
        client.write(Frames.HEADER)
                .write(TestClient.startOk("guest", "guest", Map.of("connection.blocked", true)))
                .write(TestClient.tuneOk(10, 4096, 0))
                .write(TestClient.openVhost("/"))
                .openChannel(1)
                .publish(1, "q", "one");
        rig.run();
    }

    private void block(int connection) {
        rig.broker
                .connections
                .get(connection)
                .send(Frames.method(0, Method.CONNECTION_BLOCKED, writer -> writer.shortString("memory")));
        rig.run();
    }

    private void unblock(int connection) {
        rig.broker.connections.get(connection).send(Frames.method(0, Method.CONNECTION_UNBLOCKED, writer -> {}));
        rig.run();
    }

    private void alarm(@Nullable String why) {
        ((InboundSession) client.link().session()).holdPublishing(why);
        rig.endTurn();
        rig.run();
    }

    private List<String> told() {
        return client.heard.stream()
                .filter(frame -> frame.channel() == 0)
                .map(Heard::method)
                .map(String::valueOf)
                .filter(name -> name.equals(BLOCKED) || name.equals(UNBLOCKED))
                .toList();
    }

    @Test
    void anAlarmOnPurposeThatEndsSaysNothingWhileTheBrokerBlocks() {
        block(0);
        alarm("on purpose");
        client.publish(1, "q", "two");
        rig.run();
        alarm(null);
        assertThat(told()).containsExactly(BLOCKED);

        unblock(0);
        assertThat(told()).containsExactly(BLOCKED, UNBLOCKED);
        assertThat(rig.broker.bodies()).containsExactly("one", "two");
    }

    @Test
    void aBrokerThatUnblocksSaysNothingDuringAnAlarmOnPurpose() {
        alarm("on purpose");
        client.publish(1, "q", "two");
        rig.run();
        block(0);
        unblock(0);
        assertThat(told()).containsExactly(BLOCKED);

        alarm(null);
        assertThat(told()).containsExactly(BLOCKED, UNBLOCKED);
    }

    @Test
    void whoLeavesABlockedConnectionIsBlockedNoMore() {
        block(0);
        client.closeChannel(1);
        rig.run();
        assertThat(told()).containsExactly(BLOCKED, UNBLOCKED);

        unblock(0);
        assertThat(told()).containsExactly(BLOCKED, UNBLOCKED);
    }

    @Test
    void whoIsOnTwoConnectionsIsBlockedUntilBothGoOn() {
        options.maxChannelsPerConnection = 1;
        rig.reload();
        client.openChannel(2).publish(2, "q", "two");
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        block(0);
        block(1);
        unblock(0);
        assertThat(told()).containsExactly(BLOCKED);

        unblock(1);
        assertThat(told()).containsExactly(BLOCKED, UNBLOCKED);
    }

    @Test
    void whoComesToABlockedConnectionIsToldOnce() {
        options.maxConnections = 1;
        rig.reload();
        block(0);
        client.openChannel(2).publish(2, "q", "two").openChannel(3).publish(3, "q", "three");
        rig.run();
        assertThat(told()).containsExactly(BLOCKED);
    }
}
