package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryTagsTest {

    private static final int AT = 2;
    private static final int ACK = Method.BASIC_ACK.id();
    private static final String UNKNOWN = "PRECONDITION_FAILED - unknown delivery tag ";

    private final DeliveryTags tags = new DeliveryTags();
    private final ByteBuffer frame = ByteBuffer.allocate(16);

    /** {@return the tag that the client gets} */
    private long deliver(long ofBroker, Consumers.Kind kind) {
        frame.putLong(AT, ofBroker);
        assertThat(tags.isNext(frame, AT)).isTrue();
        tags.onDelivered(frame, AT, kind);
        return frame.getLong(AT);
    }

    /** A client that has seen no tag, on a channel on which others were delivered three messages. */
    private void beginAfterThree() {
        for (int tag = 1; tag <= 3; tag++) {
            assertThat(deliver(tag, Consumers.Kind.NOT_ACKNOWLEDGED)).isEqualTo(tag);
        }
        tags.begin(0);
    }

    @Test
    void aClientCountsFromItsOwnFirstOne() {
        beginAfterThree();
        assertThat(tags.last()).isZero();

        assertThat(deliver(4, Consumers.Kind.ACKNOWLEDGED)).isEqualTo(1);
        assertThat(deliver(5, Consumers.Kind.NOT_ACKNOWLEDGED)).isEqualTo(2);
        assertThat(deliver(6, Consumers.Kind.REPLIES)).isEqualTo(3);
        assertThat(deliver(6, Consumers.Kind.ACKNOWLEDGED)).isEqualTo(3);

        assertThat(tags.last()).isEqualTo(3);
        assertThat(tags.ofBroker(3)).isEqualTo(6);
        assertThat(tags.isSettled()).isFalse();
        assertThat(tags.onSettled(1, false)).isEqualTo(4);
        assertThat(tags.onSettled(3, false)).isEqualTo(6);
        assertThat(tags.isSettled()).isTrue();
    }

    @Test
    void aClientThatGoesOnElsewhereGoesOnCounting() {
        tags.begin(41);

        assertThat(tags.last()).isEqualTo(41);
        assertThat(deliver(1, Consumers.Kind.ACKNOWLEDGED)).isEqualTo(42);
        assertThat(tags.maySettle(41, false)).isFalse();
        assertThat(tags.maySettle(42, false)).isTrue();
        assertThat(tags.onSettled(42, false)).isEqualTo(1);
    }

    @Test
    void onlyWhatIsOpenMayBeSettledAndZeroIsAll() {
        beginAfterThree();
        deliver(4, Consumers.Kind.ACKNOWLEDGED);

        assertThat(tags.maySettle(0, true)).isTrue();
        assertThat(tags.maySettle(0, false)).isFalse();
        assertThat(tags.maySettle(1, false)).isTrue();
        assertThat(tags.maySettle(2, false)).isFalse();
        assertThat(tags.maySettle(-1, false)).isFalse();
        assertThat(tags.onSettled(0, true)).isZero();
        assertThat(tags.isSettled()).isTrue();
        assertThat(tags.maySettle(1, false)).isFalse();
    }

    @Test
    void aTagThatCannotBeIsNoneOfAnotherClientsAtTheBroker() {
        tags.begin(2);

        assertThat(tags.onSettled(-1, false)).isEqualTo(Long.MIN_VALUE);
        assertThat(tags.onSettled(2, false)).isEqualTo(Long.MIN_VALUE);
        assertThat(tags.onSettled(3, false)).isEqualTo(1);
        assertThat(tags.inWordsOfClient(406, UNKNOWN + "9223372036854775808", ACK))
                .isEqualTo(UNKNOWN + "18446744073709551615");
        tags.begin(2);
        tags.onSettled(1, false);
        assertThat(tags.inWordsOfClient(406, UNKNOWN + "9223372036854775808", ACK))
                .isEqualTo(UNKNOWN + '1');
    }

    @Test
    void theBrokersWordsNameTheClientsTag() {
        beginAfterThree();

        for (Method method : List.of(Method.BASIC_ACK, Method.BASIC_NACK, Method.BASIC_REJECT)) {
            assertThat(tags.inWordsOfClient(406, UNKNOWN + "7", method.id())).isEqualTo(UNKNOWN + '4');
        }
        assertThat(tags.inWordsOfClient(406, UNKNOWN + "0", ACK)).isEqualTo(UNKNOWN + '0');
        assertThat(tags.inWordsOfClient(404, UNKNOWN + "7", ACK)).isEqualTo(UNKNOWN + '7');
        assertThat(tags.inWordsOfClient(406, UNKNOWN + "7", Method.BASIC_QOS.id()))
                .isEqualTo(UNKNOWN + '7');
        assertThat(tags.inWordsOfClient(406, UNKNOWN + "seven", ACK)).isEqualTo(UNKNOWN + "seven");
        assertThat(tags.inWordsOfClient(406, "another 7", ACK)).isEqualTo("another 7");
    }

    @Test
    void whatIsWithheldIsTheChannelsUntilItIsGivenBackAndNothingThatTheClientMaySettle() {
        tags.begin(0);
        deliver(1, Consumers.Kind.ACKNOWLEDGED);
        deliver(2, Consumers.Kind.ACKNOWLEDGED);
        assertThat(tags.mayWithhold(1)).isTrue();
        tags.withhold(1);

        assertThat(tags.onSettled(1, false)).isEqualTo(Long.MIN_VALUE);
        List<Long> open = new ArrayList<>();
        tags.forEachOpen(2, open::add);
        assertThat(open).containsExactly(2L);
        assertThat(tags.onSettled(2, true)).isEqualTo(2);
        assertThat(tags.isSettled()).isFalse();
        tags.onGivenBack(1);
        assertThat(tags.isSettled()).isTrue();
    }

    @Test
    void theOpenOnesAreToldUpToOneOrAll() {
        beginAfterThree();
        for (int tag = 4; tag <= 7; tag++) {
            deliver(tag, Consumers.Kind.ACKNOWLEDGED);
        }
        tags.onSettled(2, false);

        List<Long> some = new ArrayList<>();
        tags.forEachOpen(3, some::add);
        assertThat(some).containsExactly(4L, 6L);
        List<Long> all = new ArrayList<>();
        tags.forEachOpen(0, all::add);
        assertThat(all).containsExactly(4L, 6L, 7L);
        tags.onRecovered();
        assertThat(tags.isSettled()).isTrue();
    }

    @Test
    void afterATagThatWasNotToComeNothingIsKnown() {
        beginAfterThree();
        frame.putLong(AT, 9);
        assertThat(tags.isNext(frame, AT)).isFalse();
        tags.onOddTag(frame, AT);

        assertThat(frame.getLong(AT)).isEqualTo(6);
        assertThat(tags.last()).isEqualTo(6);
        assertThat(tags.isSettled()).isFalse();
        assertThat(tags.mayWithhold(9)).isFalse();
    }
}
