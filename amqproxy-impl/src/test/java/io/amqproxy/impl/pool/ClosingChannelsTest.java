package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import org.junit.jupiter.api.Test;

/** What a client leaves on hundreds of channels is closed a few at a time, with what others send in between. */
class ClosingChannelsTest {

    private static final int MANY = 50;
    private static final int MOST = 8;

    private final Rig rig = new Rig();

    private TestClient consumer() {
        TestClient consumer = rig.open();
        for (int channel = 1; channel <= MANY; channel++) {
            consumer.openChannel(channel).qos(channel, 1, false).consume(channel, "q", "tag", false);
        }
        rig.run();
        return consumer;
    }

    private long closes() {
        return rig.broker.allChannels().stream()
                .mapToLong(channel -> channel.waiting(Method.CHANNEL_CLOSE))
                .sum();
    }

    private void handleOne() throws Exception {
        for (BrokerChannel channel : rig.broker.allChannels()) {
            if (channel.hasWork()) {
                channel.handleNext();
                break;
            }
        }
        rig.run();
    }

    @Test
    void aFewAreClosedAtATime() throws Exception {
        rig.broker.queue("q");
        TestClient gone = consumer();
        rig.broker.prompt = false;
        gone.vanish();
        rig.run();

        for (int closed = 0; closed < MANY - MOST; closed++) {
            assertThat(closes()).isEqualTo(MOST);
            handleOne();
        }
        for (int left = MOST; left > 0; left--) {
            assertThat(closes()).isEqualTo(left);
            handleOne();
        }
        assertThat(rig.broker.existing("q").consumers).isEmpty();
    }

    @Test
    void whoWaitsForTheEndOfItsChannelIsNotBehindThem() {
        rig.broker.queue("q").queue("n");
        TestClient neighbour = rig.open();
        neighbour.openChannel(1).qos(1, 1, false).consume(1, "n", "tag", false);
        TestClient gone = consumer();
        rig.broker.prompt = false;
        gone.vanish();
        rig.run();

        neighbour.closeChannel(1);
        rig.run();
        assertThat(closes()).isEqualTo(MOST + 1);
    }

    @Test
    void oneThatTheBrokerClosesMeanwhileNeedsNoTurn() throws Exception {
        rig.broker.queue("q");
        TestClient gone = consumer();
        rig.broker.prompt = false;
        gone.vanish();
        rig.run();

        BrokerChannel last = rig.broker.allChannels().get(MANY - 1);
        assertThat(last.waiting(Method.CHANNEL_CLOSE)).isZero();
        last.fail(406, "PRECONDITION_FAILED - late", Method.BASIC_ACK);
        rig.run();
        while (closes() > 0) {
            handleOne();
        }
        assertThat(rig.broker.existing("q").consumers).isEmpty();
    }
}
