package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AwaitedAnswersTest {

    private static final int ENOUGH = AwaitedAnswers.BETWEEN_FENCES;

    private final AwaitedAnswers awaited = new AwaitedAnswers();
    private final Sums sums = new Sums();

    /** What a client is told, added up. */
    private static final class Sums implements AwaitedAnswers.Reader {
        private int questions;
        private int gets;
        private long returnable;
        private long got = -1;

        @Override
        public void await(int more, int moreGets, long moreReturnable) {
            questions += more;
            gets += moreGets;
            returnable += moreReturnable;
        }

        @Override
        public void onGot(long octets) {
            got = octets;
        }
    }

    @Test
    void questionsAndMessagesThatAreAskedForAreUnderWayUntilTheyAreAnswered() {
        awaited.begin(sums);
        awaited.onQuestion();
        awaited.onQuestion();
        awaited.onGet();
        awaited.onAnswer();
        assertThat(sums.questions).isOne();
        assertThat(sums.gets).isOne();

        awaited.onGot(5);
        awaited.onAnswer();
        assertThat(sums.got).isEqualTo(5);
        assertThat(sums.gets).isZero();
        assertThat(sums.questions).isZero();
    }

    @Test
    void whatNobodyHasAskedForIsNotCounted() {
        awaited.begin(sums);
        awaited.onAnswer();
        awaited.onGot(5);

        assertThat(sums.questions).isZero();
        assertThat(sums.gets).isZero();
        assertThat(sums.got).isEqualTo(-1);
    }

    @Test
    void aFenceIsDueBehindSoManyOctetsAndProvesWhatWasSentBeforeIt() {
        awaited.begin(sums);
        awaited.onMandatory(ENOUGH - 1);
        assertThat(awaited.needsFence()).isFalse();
        assertThat(awaited.isUnfenced()).isTrue();
        awaited.onMandatory(1);
        assertThat(awaited.needsFence()).isTrue();

        awaited.onFence(true);
        awaited.onMandatory(ENOUGH);
        assertThat(awaited.needsFence()).isFalse();
        assertThat(awaited.isUnfenced()).isFalse();
        awaited.onFenced();

        assertThat(sums.returnable).isEqualTo(ENOUGH);
        assertThat(awaited.needsFence()).isTrue();
        awaited.onFenced();
        assertThat(sums.returnable).isEqualTo(ENOUGH);
        awaited.onAllHandled();
        awaited.onMandatory(ENOUGH - 1);
        assertThat(awaited.needsFence()).isFalse();
    }

    @Test
    void theAnswerToAnotherFenceProvesNothing() {
        awaited.begin(sums);
        awaited.onMandatory(7);
        awaited.onFence(false);
        awaited.onFenced();

        assertThat(sums.returnable).isEqualTo(7);
        assertThat(awaited.isUnfenced()).isTrue();
    }

    @Test
    void whatIsAllHandledNeedsNoFenceAndIsNotProvedAgain() {
        awaited.begin(sums);
        awaited.onStatement();
        assertThat(sums.returnable).isPositive();
        awaited.onFence(true);
        awaited.onMandatory(3);
        awaited.onAllHandled();
        awaited.onFenced();

        assertThat(sums.returnable).isZero();
        assertThat(awaited.isUnfenced()).isFalse();
    }

    @Test
    void theEndOfALeaseTakesAllBackAndTheNextOneBeginsWithNothing() {
        awaited.begin(sums);
        awaited.onQuestion();
        awaited.onGet();
        awaited.onMandatory(2 * ENOUGH);
        awaited.onFence(true);
        awaited.end();
        assertThat(sums.questions).isZero();
        assertThat(sums.gets).isZero();
        assertThat(sums.returnable).isZero();
        awaited.onMandatory(1);
        awaited.onGot(5);
        assertThat(sums.returnable).isZero();
        assertThat(sums.got).isEqualTo(-1);

        Sums next = new Sums();
        awaited.begin(next);
        assertThat(awaited.isUnfenced()).isFalse();
        awaited.onAnswer();
        awaited.onGot(5);
        awaited.onFenced();
        assertThat(next.questions).isZero();
        assertThat(next.got).isEqualTo(-1);
        awaited.onMandatory(ENOUGH);
        assertThat(awaited.needsFence()).isTrue();
        assertThat(next.returnable).isEqualTo(ENOUGH);
    }
}
