package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An empty name means the queue that the channel has declared last, answered or not (AMQP 0-9-1, 1.7.2.1). */
class LastQueueTest {

    private static final int NO_WAIT = 1 << 4;

    private final Rig.Options options = new Rig.Options();
    private Rig rig;
    private TestClient client;

    @BeforeEach
    void open() {
        rig = new Rig(options);
        rig.broker.queue("old");
        rig.broker.queue("new");
        TestClient publisher = rig.open();
        publisher.openChannel(1).publish(1, "old", "of old").publish(1, "new", "of new");
        publisher.closeChannel(1);
        rig.run();
        client = rig.open();
        client.openChannel(1).declare(1, "old", false);
        rig.run();
    }

    private void declareQuietly(String queue) {
        client.write(
                1,
                Method.QUEUE_DECLARE,
                writer -> writer.shortInt(0).shortString(queue).octet(NO_WAIT).table(Map.of()));
    }

    @Test
    void itIsTheOneWhoseDeclarationIsNotAnsweredYet() {
        client.declare(1, "new", false).get(1, "", true);
        rig.run();

        assertThat(client.bodies()).isEqualTo("of new");
    }

    @Test
    void itIsTheOneWhoseDeclarationWantsNoAnswer() {
        declareQuietly("new");
        client.get(1, "", true);
        rig.run();

        assertThat(client.bodies()).isEqualTo("of new");
        assertThat(client.methods(1)).containsOnlyOnce(Method.QUEUE_DECLARE_OK);
    }

    @Test
    void itIsStillThatOneWhenTheChannelHasMovedToAnotherConnection() {
        declareQuietly("new");
        rig.run();
        client.qos(1, 1, false);
        rig.run();
        client.consume(1, "", "tag", false);
        rig.run();

        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(client.bodies()).isEqualTo("of new");
    }

    @Test
    void ofSeveralThatAreUnderWayItIsTheNewest() {
        declareQuietly("old");
        client.declare(1, "old", false);
        declareQuietly("new");
        client.get(1, "", true);
        rig.run();
        client.get(1, "", true);
        rig.run();

        assertThat(client.bodies()).isEqualTo("of new");
        assertThat(client.methods(1)).endsWith(Method.BASIC_GET_EMPTY);
    }

    @Test
    void whatADeclarationWithoutAnAnswerIsRefusedForIsSaidBeforeItsChannelIsLeft() {
        client.write(
                1,
                Method.QUEUE_DECLARE,
                writer -> writer.shortInt(0).shortString("new").octet(NO_WAIT).table(Map.of("x-max-length", 1)));
        client.closeChannel(1);
        rig.run();

        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE, Method.CHANNEL_CLOSE_OK);
    }
}
