package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ConfirmsTest {

    private final Confirms confirms = new Confirms();

    private long told(long tag) {
        ByteBuffer ack = ByteBuffer.allocate(12).putLong(3, tag);
        confirms.tellClient(ack, 3, tag);
        return ack.getLong(3);
    }

    @Test
    void withoutConfirmModeNothingIsOutstanding() {
        confirms.begin(0);
        confirms.onPublish();

        assertThat(confirms.isOn()).isFalse();
        assertThat(confirms.isSettled()).isTrue();
        assertThat(confirms.last()).isZero();
        assertThat(confirms.mayConfirm(1, false)).isFalse();
    }

    @Test
    void theNextClientCountsItsOwnPublishes() {
        confirms.select();
        confirms.begin(0);
        confirms.onPublish();
        confirms.onPublish();
        assertThat(confirms.last()).isEqualTo(2);
        assertThat(told(2)).isEqualTo(2);
        confirms.onConfirmed(2, true);
        assertThat(confirms.isSettled()).isTrue();

        confirms.begin(7);
        assertThat(confirms.last()).isEqualTo(7);
        confirms.onPublish();

        assertThat(confirms.isOn()).isTrue();
        assertThat(confirms.isSettled()).isFalse();
        assertThat(confirms.last()).isEqualTo(8);
        assertThat(told(3)).isEqualTo(8);
        assertThat(told(0)).isZero();
    }

    @Test
    void onlyWhatThePresentClientPublishedMayBeConfirmed() {
        confirms.select();
        confirms.begin(0);
        confirms.onPublish();
        confirms.onConfirmed(1, false);
        confirms.begin(0);
        confirms.onPublish();

        assertThat(confirms.mayConfirm(1, false)).isFalse();
        assertThat(confirms.mayConfirm(2, false)).isTrue();
        assertThat(confirms.mayConfirm(3, false)).isFalse();
        assertThat(confirms.mayConfirm(0, true)).isTrue();
        assertThat(confirms.mayConfirm(0, false)).isFalse();
    }
}
