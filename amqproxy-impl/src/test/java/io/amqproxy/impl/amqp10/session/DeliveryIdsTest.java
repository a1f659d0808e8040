package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeliveryIdsTest {

    private final DeliveryIds ids = new DeliveryIds();

    @Test
    void theClientsNumbersAreFoundByTheBrokersAlsoWhereTheyWrap() {
        for (int i = 0; i < 100; i++) {
            assertThat(ids.add(Integer.MAX_VALUE - 50 + i, false)).isEqualTo(i);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(ids.clientId(i)).isEqualTo(Integer.MAX_VALUE - 50 + i);
        }
        assertThat(ids.isSettled()).isFalse();
    }

    @Test
    void aRangeBeyondWhatIsKeptIsCutToIt() {
        for (int i = 0; i < 10; i++) {
            ids.add(i, false);
        }
        settle(0, 3);

        assertThat(ids.firstOf(-1_000_000)).isEqualTo(4);
        assertThat(ids.endOf(1_000_000)).isEqualTo(10);
        assertThat(ids.firstOf(20)).isEqualTo(10);
    }

    @Test
    void whatIsSettledInAnyOrderIsForgottenInTheirs() {
        for (int i = 0; i < 6; i++) {
            ids.add(100 + i, i == 2);
        }
        settle(1, 1);
        assertThat(ids.firstOf(0)).isZero();
        settle(0, 0);
        assertThat(ids.firstOf(0)).isEqualTo(3);
        settle(3, 5);
        assertThat(ids.isSettled()).isTrue();
        assertThat(ids.oldest()).isEqualTo(ids.next());
    }

    @Test
    void whatIsOpenIsFoundByTheClientsRangeAlsoWhereThatWraps() {
        for (int i = 0; i < 4; i++) {
            ids.add(-2 + i, false);
        }
        settle(1, 1);

        assertThat(ids.isOpenIn(0, -2, 1)).isTrue();
        assertThat(ids.isOpenIn(1, -2, 1)).isFalse();
        assertThat(ids.isOpenIn(3, -2, 1)).isTrue();
        assertThat(ids.isOpenIn(3, -2, 0)).isFalse();
    }

    @Test
    void aDeliveryThatIsSettledFromTheStartTakesNoRoom() {
        for (int i = 0; i < 3 * DeliveryIds.MOST; i++) {
            ids.add(i, true);
        }
        assertThat(ids.isFull()).isFalse();
        assertThat(ids.isSettled()).isTrue();
    }

    @Test
    void soManyThatAreNotSettledAreTheMost() {
        for (int i = 0; i < DeliveryIds.MOST; i++) {
            assertThat(ids.isFull()).isFalse();
            ids.add(i, false);
        }
        assertThat(ids.isFull()).isTrue();
        settle(0, 0);
        assertThat(ids.isFull()).isFalse();
    }

    private void settle(int first, int last) {
        for (int id = first; id <= last; id++) {
            ids.settle(id);
        }
        ids.forgetSettled();
    }
}
