package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Exclusive queues on an upstream that lives on for others when their client leaves. */
class ExclusiveQueueTest {

    private static final int EXCLUSIVE = 1 << 2;
    private static final int NO_WAIT = 1 << 4;

    private final Neighbours neighbours = new Neighbours();
    private final Rig rig = neighbours.rig;

    private static byte[] declare(String queue, int bits) {
        return Frames.method(
                1,
                Method.QUEUE_DECLARE,
                writer -> writer.shortInt(0).shortString(queue).octet(bits).table(Map.of()));
    }

    @Test
    void anExclusiveQueueIsDeletedWhenItsClientLeaves() {
        TestClient client = rig.open();
        client.openChannel(1).write(declare("own", EXCLUSIVE));
        rig.run();
        assertThat(rig.broker.queues).containsKey("own");

        client.vanish();
        rig.run();

        assertThat(rig.broker.queues).doesNotContainKey("own");
        neighbours.beat();
    }

    @Test
    void anExclusiveQueueWhoseClientLeftBeforeTheBrokerAnsweredIsDeleted() throws AmqpException {
        TestClient client = rig.open();
        rig.broker.prompt = false;
        client.openChannel(1).write(declare("own", EXCLUSIVE));
        rig.run();
        client.vanish();
        rig.run();
        rig.broker.prompt = true;
        BrokerChannel channel = rig.broker.only().channel(3);
        channel.handleNext();
        assertThat(rig.broker.queues).containsKey("own");

        rig.run();
        while (channel.hasWork()) {
            channel.handleNext();
        }
        rig.run();

        assertThat(rig.broker.queues).doesNotContainKey("own");
        neighbours.beat();
    }

    @Test
    void anExclusiveQueueLivesOnWhenOnlyItsChannelIsClosedBeforeTheBrokerAnswered() {
        TestClient client = rig.open();
        client.openChannel(1).write(declare("own", EXCLUSIVE)).closeChannel(1);
        rig.run();

        assertThat(rig.broker.queues).containsKey("own");

        client.close();
        rig.run();

        assertThat(rig.broker.queues).doesNotContainKey("own");
    }

    @Test
    void anExclusiveQueueThatWasDeclaredWithoutAnAnswerIsDeletedAndTheClientHearsNoAnswer() {
        TestClient client = rig.open();
        client.openChannel(1).write(declare("own", EXCLUSIVE | NO_WAIT));
        rig.run();

        assertThat(rig.broker.queues).containsKey("own");
        assertThat(client.hears(Method.QUEUE_DECLARE_OK)).isFalse();

        client.vanish();
        rig.run();

        assertThat(rig.broker.queues).doesNotContainKey("own");
    }

    @Test
    void aQueueOfOthersThatAClientWantedForItselfIsNotDeleted() {
        rig.broker.queue("shared");
        TestClient client = rig.open();
        client.openChannel(1).write(declare("shared", EXCLUSIVE | NO_WAIT));
        rig.run();
        assertThat(client.closeHeard(1).code()).isEqualTo(405);

        client.vanish();
        rig.run();

        assertThat(rig.broker.queues).containsKey("shared");
        neighbours.beat();
    }
}
