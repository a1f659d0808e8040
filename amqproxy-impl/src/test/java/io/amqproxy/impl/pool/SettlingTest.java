package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.TestClient.Close;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Delivery tags that are none, and consumers that are cancelled without an answer. */
class SettlingTest {

    private final Rig rig = new Rig();

    /** Leaves a channel behind on which the broker has delivered three messages. */
    @BeforeEach
    void useAChannel() {
        rig.broker.queue("q").queue("other");
        TestClient first = rig.open();
        first.openChannel(1).publish(1, "q", "one").publish(1, "q", "two").publish(1, "q", "three");
        for (int i = 0; i < 3; i++) {
            first.get(1, "q", true);
        }
        rig.run();
        first.close();
        rig.run();
        assertThat(first.tags(Method.BASIC_GET_OK)).containsExactly(1L, 2L, 3L);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 7, -1, -3, -4, Long.MIN_VALUE, Long.MAX_VALUE})
    void aTagThatIsNoneIsRefusedWithTheClientsOwnNumber(long tag) {
        for (boolean multiple : List.of(false, true)) {
            TestClient client = rig.open();
            client.openChannel(1).publish(1, "q", "before").ack(1, tag, multiple);
            rig.run();

            assertThat(client.closeHeard(1))
                    .isEqualTo(
                            new Close(406, "PRECONDITION_FAILED - unknown delivery tag " + Long.toUnsignedString(tag)));
            client.close();
            rig.run();
        }
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    /** What else is said in the same flight. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoSettlesTwiceAndClosesIsTold(boolean closesConnection) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "message").get(1, "q", false);
        rig.run();
        client.ack(1, 1, false).ack(1, 1, false);
        if (closesConnection) {
            client.close();
        } else {
            client.closeChannel(1);
        }
        rig.run();

        assertThat(client.closeHeard(1)).isEqualTo(new Close(406, "PRECONDITION_FAILED - unknown delivery tag 1"));
        assertThat(closesConnection ? client.methods(0) : client.methods(1))
                .endsWith(closesConnection ? Method.CONNECTION_CLOSE_OK : Method.CHANNEL_CLOSE_OK);
    }

    /** That costs nobody a round trip. */
    @Test
    void whoSettlesWhatIsThereAndClosesDoesNotWait() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "message").get(1, "q", false);
        rig.run();
        rig.broker.prompt = false;
        client.ack(1, 1, false).closeChannel(1);
        rig.run();

        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE_OK);
    }

    /** What is answered with nothing is not the get that wants to acknowledge, though both are under way. */
    @Test
    void aMessageThatWasGotBesideGetsWithoutAcknowledgementsGoesBackWhenItsClientLeaves() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "message");
        rig.run();
        client.get(1, "other", true).get(1, "q", false);
        rig.run();
        assertThat(client.tags(Method.BASIC_GET_OK)).containsExactly(1L);
        client.closeChannel(1);
        rig.run();

        assertThat(rig.broker.existing("q").messages).hasSize(1);
    }

    @Test
    void aTagOfNoMessageNeverMeansAll() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "message").get(1, "q", false);
        rig.run();
        client.ack(1, -3, true);
        rig.run();

        assertThat(client.tags(Method.BASIC_GET_OK)).containsExactly(1L);
        assertThat(client.closeHeard(1).code()).isEqualTo(406);
        assertThat(rig.broker.existing("q").messages).hasSize(1);
    }

    /** RabbitMQ gives a reply the tag of the next message, and does not use it up. */
    @Test
    void directRepliesUseUpNoTagOfTheNextClient() {
        TestClient asking = rig.open();
        asking.openChannel(1).consume(1, ScriptedBroker.DIRECT_REPLY_TO, "r", true);
        asking.publish(1, ScriptedBroker.DIRECT_REPLY_TO + "r", "reply");
        asking.publish(1, ScriptedBroker.DIRECT_REPLY_TO + "r", "another");
        asking.publish(1, "q", "message").get(1, "q", true).cancel(1, "r");
        rig.run();
        assertThat(asking.tags(Method.BASIC_DELIVER)).containsExactly(1L, 1L);
        assertThat(asking.tags(Method.BASIC_GET_OK)).containsExactly(1L);
        asking.close();
        rig.run();
        TestClient next = rig.open();
        next.openChannel(1);
        for (int i = 0; i < 3; i++) {
            next.publish(1, "q", "message").get(1, "q", false);
        }
        next.ack(1, 1, false);
        rig.run();
        next.closeChannel(1);
        rig.run();

        assertThat(rig.broker.only().count(Method.CHANNEL_OPEN))
                .as("the channel serves again")
                .isEqualTo(1);
        assertThat(next.tags(Method.BASIC_GET_OK)).containsExactly(1L, 2L, 3L);
        assertThat(next.hears(Method.CHANNEL_CLOSE)).isFalse();
        assertThat(rig.broker.existing("q").messages).hasSize(2);
    }

    @Test
    void aConsumerThatIsCancelledIsForgottenAtOnce() {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        client.cancelQuietly(1, "tag").consume(1, "other", "tag", false);
        client.cancel(1, "tag").consume(1, "q", "tag", false).cancelQuietly(1, "tag");
        rig.run();
        client.closeChannel(1);
        rig.run();

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
        assertThat(rig.broker.connections.stream()
                        .mapToLong(one -> one.count(Method.CHANNEL_CLOSE))
                        .sum())
                .as("the channel serves again")
                .isZero();
    }

    @Test
    void whatWasOnItsWayToACancelledConsumerGoesBackToItsQueue() {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "other", "tag", false);
        rig.run();
        rig.broker.prompt = false;
        client.publish(1, "other", "message").cancelQuietly(1, "tag").closeChannel(1);
        client.link().moveToSession(Integer.MAX_VALUE);
        rig.endTurn();
        rig.run();
        rig.broker.connections.forEach(one -> List.copyOf(one.channels.values()).forEach(channel -> {
            while (channel.hasWork()) {
                handle(channel);
            }
        }));
        rig.broker.prompt = true;
        rig.run();

        assertThat(rig.broker.existing("other").messages).hasSize(1);
        assertThat(rig.pool().channelsLeased()).isZero();
    }

    private static void handle(BrokerChannel channel) {
        try {
            channel.handleNext();
        } catch (Exception malformed) {
            throw new AssertionError(malformed);
        }
    }
}
