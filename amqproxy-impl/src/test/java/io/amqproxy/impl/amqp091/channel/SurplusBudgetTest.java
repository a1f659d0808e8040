package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SurplusBudgetTest {

    /** The loop's time may be anything. */
    private static final long NOW = Long.MAX_VALUE - SurplusBudget.WAY_BACK / 2;

    private final SurplusBudget budget = new SurplusBudget();

    @Test
    void whatWentBackIsUnderWayUntilItComes() {
        budget.onGivenBack(100, NOW);
        budget.onGivenBack(50, NOW);
        assertThat(budget.underWay(NOW)).isEqualTo(150);
        budget.onCameAgain(100);
        assertThat(budget.underWay(NOW)).isEqualTo(50);
    }

    @Test
    void whatHasNotComeAfterASecondWentToOthers() {
        budget.onGivenBack(100, NOW);
        assertThat(budget.underWay(NOW + SurplusBudget.WAY_BACK)).isEqualTo(100);
        assertThat(budget.underWay(NOW + SurplusBudget.WAY_BACK + 1)).isZero();
    }

    @Test
    void theSecondBeginsWithTheLastThatWentBack() {
        budget.onGivenBack(100, NOW);
        budget.onGivenBack(50, NOW + SurplusBudget.WAY_BACK);
        assertThat(budget.underWay(NOW + 2 * SurplusBudget.WAY_BACK)).isEqualTo(150);
        budget.onGivenBack(10, NOW + 3 * SurplusBudget.WAY_BACK);
        assertThat(budget.underWay(NOW + 3 * SurplusBudget.WAY_BACK))
                .as("the others are forgotten")
                .isEqualTo(10);
    }

    @Test
    void whatOthersHaveGivenBackMakesNoRoom() {
        budget.onCameAgain(1_000);
        assertThat(budget.underWay(NOW)).isZero();
        budget.onGivenBack(100, NOW);
        assertThat(budget.underWay(NOW)).isEqualTo(100);
    }

    @Test
    void whatAClientMayLeaveUnreadIsMeasuredOnceUntilItHasRead() {
        assertThat(budget.reaches(1_000, 50)).isTrue();
        assertThat(budget.reaches(1_050, 50)).isTrue();
        assertThat(budget.reaches(1_051, 50)).isFalse();

        budget.onRoom();
        assertThat(budget.reaches(5_000, 50)).as("begun anew").isTrue();
        assertThat(budget.reaches(5_051, 50)).isFalse();
    }
}
