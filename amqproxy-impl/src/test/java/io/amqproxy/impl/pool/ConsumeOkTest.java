package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
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
}
