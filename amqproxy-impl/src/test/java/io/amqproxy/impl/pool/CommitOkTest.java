package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * RabbitMQ closes the whole connection, of all who share it, for whatever comes on a channel that is committing a
 * transaction, its own closing apart: neither a client nor the proxy itself says anything there meanwhile.
 */
class CommitOkTest {

    private final Rig rig;
    private final TestClient client;

    CommitOkTest() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        rig = new Rig(options);
        rig.broker.product = "RabbitMQ";
        client = rig.open();
    }

    @BeforeEach
    void commit() {
        rig.broker.queue("q");
        client.openChannel(1).openChannel(2).write(1, Method.TX_SELECT);
        rig.run();
        rig.broker.prompt = false;
        client.publish(1, "q", "in a transaction").write(1, Method.TX_COMMIT);
    }

    private void letBrokerWork() throws Exception {
        BrokerChannel channel = rig.broker.only().allChannels().get(0);
        while (channel.hasWork()) {
            channel.handleNext();
            rig.run();
        }
    }

    /** What comes behind. */
    enum Next {
        QUESTION(Method.BASIC_QOS_OK),
        MESSAGE(Method.TX_COMMIT_OK),
        MESSAGE_IN_PARTS(Method.TX_COMMIT_OK),
        COMMIT(Method.TX_COMMIT_OK),
        OFFENCE_ELSEWHERE(null),
        BODY_WITHOUT_MESSAGE(null);

        private final @Nullable Method answer;

        Next(@Nullable Method answer) {
            this.answer = answer;
        }

        void say(TestClient client) {
            switch (this) {
                case QUESTION -> client.qos(1, 5, false);
                case MESSAGE -> client.publish(1, "", "q", false, "next").write(1, Method.TX_COMMIT);
                case MESSAGE_IN_PARTS -> {
                    byte[] publish = Frames.publish(1, "", "q", false, new byte[10], 1000);
                    client.write(Arrays.copyOf(publish, publish.length - 5));
                    client.rig.run();
                    client.write(Arrays.copyOfRange(publish, publish.length - 5, publish.length))
                            .write(1, Method.TX_COMMIT);
                }
                case COMMIT -> client.write(1, Method.TX_COMMIT);
                case OFFENCE_ELSEWHERE ->
                    client.write(
                            2,
                            Method.BASIC_QOS,
                            writer -> writer.longInt(10).shortInt(1).octet(0));
                case BODY_WITHOUT_MESSAGE -> client.write(Frames.frame(Frame.BODY, 1, new byte[1]));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatFollowsWaits(Next next) throws Exception {
        next.say(client);
        rig.run();
        assertThat(client.methods(1)).endsWith(Method.TX_SELECT_OK);
        letBrokerWork();

        List<Method> heard = client.methods(1);
        assertThat(heard).startsWith(Method.CHANNEL_OPEN_OK, Method.TX_SELECT_OK, Method.TX_COMMIT_OK);
        if (next.answer == null) {
            assertThat(client.hears(Method.CONNECTION_CLOSE)).isTrue();
        } else {
            assertThat(heard.subList(3, heard.size())).contains(next.answer);
        }
    }

    @Test
    void theProxyAsksForNoProofMeanwhile() throws Exception {
        rig.pass(Duration.ofSeconds(3));
        letBrokerWork();

        assertThat(client.methods(1)).endsWith(Method.TX_COMMIT_OK);
        assertThat(rig.broker.only().open).isTrue();
    }

    @Test
    void aClientThatClosesTheChannelMeanwhileDoesNotWait() {
        client.closeChannel(1);
        rig.run();

        assertThat(rig.broker.only().count(Method.CHANNEL_CLOSE)).isEqualTo(1);
    }
}
