package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What follows the beginning of a consumer before its answer, and ends that consumer or its channel, costs the whole
 * connection at RabbitMQ: neighbours too. So it follows behind the answer.
 */
class ConsumeOkTest {

    private final Rig rig;
    private final TestClient client;

    ConsumeOkTest() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        rig = new Rig(options);
        client = rig.open();
    }

    /** What comes behind the beginning of a consumer. */
    enum Next {
        CANCEL(Method.BASIC_CANCEL),
        WRONG_TAG(Method.BASIC_ACK),
        CONSUMER_OF_NOTHING(Method.BASIC_CONSUME),
        MESSAGE(Method.BASIC_PUBLISH);

        private final Method method;

        Next(Method method) {
            this.method = method;
        }

        TestClient say(TestClient client) {
            return switch (this) {
                case CANCEL -> client.cancel(1, "tag");
                case WRONG_TAG -> client.ack(1, 99, false);
                case CONSUMER_OF_NOTHING -> client.consume(1, "missing", "other", false);
                case MESSAGE -> client.publish(1, "missing", "key", false, "message");
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatMayEndAConsumerWaitsForItsBeginning(Next next) throws Exception {
        rig.broker.queue("q");
        client.openChannel(1).publish(1, "q", "before").qos(1, 1, false);
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "q", "tag", false);
        int saidBefore = said(next.method);
        next.say(client);
        rig.run();
        assertThat(said(next.method) - saidBefore).isEqualTo(next.method == Method.BASIC_CONSUME ? 1 : 0);

        BrokerChannel channel = rig.broker.only().allChannels().get(0);
        while (channel.hasWork()) {
            channel.handleNext();
            rig.run();
        }

        assertThat(client.methods(1)).contains(Method.BASIC_CONSUME_OK);
        assertThat(said(next.method) - saidBefore).isEqualTo(next.method == Method.BASIC_CONSUME ? 2 : 1);
        assertThat(client.methods(1)).endsWith(next == Next.CANCEL ? Method.BASIC_CANCEL_OK : Method.CHANNEL_CLOSE);
    }

    private int said(Method method) {
        return (int) rig.broker.only().count(method);
    }

    @Test
    void aClientThatClosesTheChannelMeanwhileDoesNotWait() {
        rig.broker.queue("q");
        rig.broker.prompt = false;
        client.openChannel(1).consume(1, "q", "tag", false).closeChannel(1);
        rig.run();

        assertThat(said(Method.CHANNEL_CLOSE)).isEqualTo(1);
    }

    @Test
    void otherChannelsOfTheClientGoOnMeanwhile() throws Exception {
        rig.broker.queue("q");
        rig.broker.queue("other");
        client.openChannel(1).qos(1, 1, false).openChannel(2).publish(2, "other", "first");
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "q", "tag", false).publish(1, "other", "behind").publish(2, "other", "second");
        rig.run();
        assertThat(said(Method.BASIC_PUBLISH)).isEqualTo(2);

        letBrokerWork();

        assertThat(said(Method.BASIC_PUBLISH)).isEqualTo(3);
        assertThat(rig.broker.bodies()).containsExactly("first", "second", "behind");
    }

    @Test
    void whatWaitsKeepsItsOrder() throws Exception {
        rig.broker.queue("q");
        rig.broker.queue("other");
        client.openChannel(1).qos(1, 1, false);
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "q", "a", false).publish(1, "other", "one").consume(1, "q", "b", false);
        rig.run();
        client.publish(1, "other", "two").cancel(1, "a").closeChannel(1);
        rig.run();
        assertThat(said(Method.CHANNEL_CLOSE)).isZero();

        letBrokerWork();

        assertThat(rig.broker.bodies()).containsExactly("one", "two");
        assertThat(client.methods(1)).contains(Method.CHANNEL_CLOSE_OK).doesNotContain(Method.CHANNEL_CLOSE);
    }

    @Test
    void aClientThatClosesItsConnectionWaits() throws Exception {
        rig.broker.queue("q");
        rig.broker.queue("other");
        client.openChannel(1).qos(1, 1, false);
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "q", "a", false).publish(1, "other", "one").close();
        rig.run();
        assertThat(client.methods(0)).doesNotContain(Method.CONNECTION_CLOSE_OK);

        letBrokerWork();

        assertThat(rig.broker.bodies()).containsExactly("one");
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_CLOSE_OK);
    }

    @Test
    void aClientThatSendsMoreThanMayWaitIsNotRead() throws Exception {
        rig.broker.queue("q");
        rig.broker.queue("other");
        client.openChannel(1).qos(1, 1, false).openChannel(2);
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "q", "a", false);
        for (int i = 0; i < 100; i++) {
            client.publish(1, "other", "x".repeat(1000));
        }
        client.publish(2, "other", "elsewhere");
        rig.run();
        assertThat(said(Method.BASIC_PUBLISH)).isZero();

        letBrokerWork();

        assertThat(said(Method.BASIC_PUBLISH)).isEqualTo(101);
        assertThat(rig.broker.bodies()).contains("elsewhere");
    }

    @Test
    void aFrameThatIsLargerThanWhatMayWaitComesAgain() throws Exception {
        rig.broker.queue("q");
        client.openChannel(1).qos(1, 1, false);
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "q", "a", false).declare(1, "large", false, Map.of("x-text", "x".repeat(100_000)));
        rig.run();
        assertThat(said(Method.QUEUE_DECLARE)).isZero();

        letBrokerWork();

        assertThat(said(Method.QUEUE_DECLARE)).isEqualTo(1);
        assertThat(client.methods(1)).endsWith(Method.QUEUE_DECLARE_OK);
    }

    @Test
    void whatWaitsIsDroppedWithAChannelThatTheBrokerCloses() throws Exception {
        rig.broker.queue("other");
        client.openChannel(1).qos(1, 1, false);
        rig.run();
        rig.broker.prompt = false;
        client.consume(1, "missing", "a", false).publish(1, "other", "one");
        rig.run();

        letBrokerWork();

        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE);
        assertThat(said(Method.BASIC_PUBLISH)).isZero();
        client.openChannel(3).publish(3, "other", "two");
        letBrokerWork();
        assertThat(rig.broker.bodies()).containsExactly("two");
    }

    private void letBrokerWork() throws Exception {
        rig.run();
        for (boolean worked = true; worked; ) {
            worked = false;
            for (BrokerChannel channel : rig.broker.only().allChannels()) {
                if (channel.hasWork()) {
                    channel.handleNext();
                    rig.run();
                    worked = true;
                }
            }
        }
    }
}
