package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.client.Amqp091Client;
import io.amqproxy.impl.amqp091.codec.Method;
import org.junit.jupiter.api.Test;

/** A consumer that the proxy cancels is gone for its client as one that the broker cancels, and at the broker too. */
class ForcedCancelTest {

    private final Rig rig;
    private final TestClient client;

    ForcedCancelTest() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        rig = new Rig(options);
        client = rig.open();
        rig.broker.queue("jobs").queue("empty");
        rig.broker.lateDeliveries = 3;
        client.openChannel(1).qos(1, 1, false).consume(1, "jobs", "tag", false);
        for (int i = 0; i < 9; i++) {
            client.publish(1, "jobs", "job");
        }
        rig.run();
        assertThat(client.tags(Method.BASIC_DELIVER)).containsExactly(1L);
    }

    private int cancel() {
        int cancelled =
                ((Amqp091Client) client.link().session()).cancelConsumers((channel, names) -> names.contains("tag"));
        rig.run();
        return cancelled;
    }

    private long count(Method method) {
        return client.methods(1).stream().filter(method::equals).count();
    }

    @Test
    void theClientHearsOfItBehindTheLastDelivery() {
        assertThat(cancel()).isOne();
        assertThat(count(Method.BASIC_DELIVER)).isGreaterThan(1);
        assertThat(client.methods(1)).endsWith(Method.BASIC_CANCEL);
        assertThat(count(Method.BASIC_CANCEL_OK)).isZero();
        assertThat(cancel()).isZero();

        client.consume(1, "empty", "tag", true);
        rig.run();
        assertThat(client.methods(1)).endsWith(Method.BASIC_CONSUME_OK);
        client.close();
        rig.run();
        assertThat(rig.broker.only().allChannels()).allMatch(BrokerChannel::isClean);
    }

    @Test
    void aCancelOfTheClientThatCrossesItIsAnsweredToo() throws Exception {
        rig.broker.prompt = false;
        assertThat(cancel()).isOne();
        client.cancel(1, "tag");
        rig.run();
        rig.broker.prompt = true;
        for (BrokerChannel channel : rig.broker.only().allChannels()) {
            while (channel.hasWork()) {
                channel.handleNext();
            }
        }
        rig.run();
        assertThat(count(Method.BASIC_CANCEL)).isOne();
        assertThat(count(Method.BASIC_CANCEL_OK)).isOne();
        assertThat(client.ended).isFalse();
    }
}
