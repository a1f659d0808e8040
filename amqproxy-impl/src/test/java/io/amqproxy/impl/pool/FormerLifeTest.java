package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A channel that the broker has closed, and a consumer that was cancelled, may be sent more for a while. Whoever gets
 * the channel's number next, or the channel, hears nothing of it.
 */
class FormerLifeTest {

    private final Rig rig;
    private final TestClient first;

    FormerLifeTest() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        rig = new Rig(options);
        first = rig.open();
    }

    @BeforeEach
    void consumeWithMoreUnderWay() {
        rig.broker.queue("jobs").queue("empty");
        rig.broker.lateDeliveries = 3;
        first.openChannel(1).qos(1, 1, false).consume(1, "jobs", "tag", false);
        for (int i = 0; i < 9; i++) {
            first.publish(1, "jobs", "job");
        }
        rig.run();
        assertThat(first.tags(Method.BASIC_DELIVER)).containsExactly(1L);
        rig.broker.prompt = false;
    }

    @Test
    void aNumberIsNotUsedAgainBeforeTheBrokerHasSaidItsLastWordThere() {
        first.ack(1, 99, false);
        rig.run();
        handleNext();
        rig.run();
        assertThat(first.closeHeard(1).code()).isEqualTo(406);
        TestClient next = rig.open();
        next.openChannel(1).consume(1, "empty", "tag", false);
        rig.run();
        handleAll();

        assertThat(next.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
    }

    @Test
    void aCloseThatCrossesTheBrokersIsFollowedByAnother() {
        first.ack(1, 99, false).closeChannel(1);
        rig.run();
        handleNext();
        rig.run();
        TestClient next = rig.open();
        next.openChannel(1).consume(1, "empty", "tag", false);
        rig.run();
        handleAll();

        assertThat(next.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
        assertThat(first.hears(Method.CHANNEL_CLOSE_OK)).isTrue();
        assertThat(rig.broker.only().channels).as("no number is lost").hasSize(1);
    }

    @Test
    void theNumberIsFreeOnceTheBrokerHasSaidItsLastWord() {
        first.ack(1, 99, false);
        rig.run();
        handleAll();
        TestClient next = rig.open();
        next.openChannel(1).consume(1, "empty", "tag", false);
        rig.run();
        handleAll();

        assertThat(next.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
        assertThat(rig.broker.only().channels).containsOnlyKeys(1);
    }

    /** It would answer no close behind its own. */
    @Test
    void aQpidThatClosesAChannelIsDoneWithIt() {
        Rig qpid = new Rig();
        qpid.broker.product = "Qpid Broker-J";
        TestClient client = qpid.open();
        client.openChannel(1).ack(1, 99, false);
        qpid.run();

        assertThat(client.closeHeard(1).code()).isEqualTo(406);
        assertThat(qpid.broker.only().count(Method.CHANNEL_CLOSE)).isZero();
        assertThat(qpid.broker.only().count(Method.CHANNEL_CLOSE_OK)).isOne();
        assertThat(qpid.pool().channelsLeased()).isZero();
    }

    /** RabbitMQ's queues answer {@code basic.cancel}, and the channel answers a fence before them. */
    @Test
    void aChannelWhoseConsumerWasCancelledWithoutAnAnswerServesAgainWhenItsQueueHasSaidItsLastWord() {
        first.cancelQuietly(1, "tag").ack(1, 1, false);
        first.close();
        rig.run();
        handleNext(); // cancel
        handleNext(); // ack
        handleNext(); // basic.qos
        handleNext(); // the fence
        TestClient next = rig.open();
        next.openChannel(1).consume(1, "empty", "tag", true);
        rig.run();
        handleAll();

        assertThat(next.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_CONSUME_OK);
        assertThat(first.hears(Method.BASIC_CANCEL_OK)).isFalse();
    }

    @Test
    void whoConsumesAnewWithATagAsTheBrokerCancelsTheFormerConsumerKeepsTheNewOne() {
        first.cancel(1, "tag").consume(1, "empty", "tag", true);
        rig.run();
        ScriptedBroker.Connection connection = rig.broker.only();
        connection.send(Frames.method(
                1, Method.BASIC_CANCEL, writer -> writer.shortString("tag").octet(1)));
        rig.run();
        handleAll();
        TestClient other = rig.open();
        other.openChannel(1).publish(1, "empty", "for the new one");
        rig.run();
        handleAll();

        assertThat(first.methods(1)).doesNotContain(Method.CHANNEL_CLOSE);
        assertThat(first.bodies()).endsWith("for the new one");
        assertThat(rig.loop.belongings.count())
                .as("the channels and the consumer")
                .isEqualTo(3);
    }

    private List<BrokerChannel> busy() {
        return rig.broker.only().allChannels().stream()
                .filter(BrokerChannel::hasWork)
                .toList();
    }

    /** One thing is handled by each channel that has something to do. */
    private void handleNext() {
        for (BrokerChannel channel : busy()) {
            try {
                channel.handleNext();
            } catch (AmqpException malformed) {
                throw new AssertionError(malformed);
            }
        }
        rig.run();
    }

    private void handleAll() {
        while (!busy().isEmpty()) {
            handleNext();
        }
    }
}
