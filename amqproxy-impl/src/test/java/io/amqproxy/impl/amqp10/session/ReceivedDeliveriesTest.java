package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import org.junit.jupiter.api.Test;

class ReceivedDeliveriesTest {

    private final ReceivedDeliveries received = new ReceivedDeliveries();

    @Test
    void aNumberThatIsRepeatedMovesNothingBack() throws AmqpError {
        received.add(0, false);
        received.add(1, false);
        received.add(2, false);
        received.add(0, false);
        assertThat(received.lastOpen(0, 100)).isEqualTo(2);

        received.settle(0, 0);
        received.add(0, false);
        assertThat(received.firstOpen(0, 100)).isEqualTo(1);
        received.add(1, true);
        assertThat(received.firstOpen(0, 100)).as("settled by a later transfer").isEqualTo(2);
    }

    @Test
    void aRangeIsCutToWhatIsNotSettled() throws AmqpError {
        for (int i = 0; i < 200; i++) {
            received.add(i, i % 2 == 0);
        }
        assertThat(received.isAnyOpen(0, 0)).isFalse();
        assertThat(received.isAnyOpen(50, 20)).isFalse();
        assertThat(received.isAnyOpen(300, 400)).isFalse();
        assertThat(received.isAnyOpen(0, -1)).isFalse();
        assertThat(received.firstOpen(-1_000, Integer.MAX_VALUE)).isEqualTo(1);
        assertThat(received.lastOpen(0, Integer.MAX_VALUE)).isEqualTo(199);
        received.settle(0, 150);
        assertThat(received.firstOpen(0, 1_000)).isEqualTo(151);
        received.settle(0, 1_000);
        assertThat(received.isAnyOpen(0, 1_000)).isFalse();
    }

    @Test
    void whatIsLeftOutWasNeverGot() throws AmqpError {
        received.add(0, false);
        received.add(500, false);
        assertThat(received.isAnyOpen(1, 499)).isFalse();
        assertThat(received.lastOpen(0, 499)).isZero();
    }

    @Test
    void whoSettlesNothingGetsNoMoreThanTheMost() throws AmqpError {
        int id = 0;
        while (!received.isFull()) {
            received.add(id++, false);
        }
        assertThat(id).isEqualTo(ReceivedDeliveries.MOST);
        received.settle(0, 0);
        assertThat(received.isFull()).isFalse();
        int beyond = 2 * ReceivedDeliveries.MOST + 1;
        assertThatThrownBy(() -> received.add(beyond, false)).isInstanceOf(AmqpError.class);
    }

    @Test
    void theyGoOnWhereTheNumbersWrap() throws AmqpError {
        for (int i = 0; i < 1_000; i++) {
            received.add(Integer.MAX_VALUE - 500 + i, false);
        }
        int last = Integer.MIN_VALUE + 498;
        assertThat(received.lastOpen(Integer.MAX_VALUE, Integer.MIN_VALUE + 1_000))
                .isEqualTo(last);
        received.settle(Integer.MAX_VALUE - 500, last);
        assertThat(received.isAnyOpen(Integer.MAX_VALUE - 500, last)).isFalse();
    }
}
