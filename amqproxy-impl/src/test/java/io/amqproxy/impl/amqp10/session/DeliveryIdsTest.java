package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeliveryIdsTest {

    private final DeliveryIds ids = new DeliveryIds();
    private final BrokerLink link = new BrokerLink(0, "a", true, null, 0);

    private int add(int clientId, boolean isSettled) {
        return add(clientId, isSettled, link);
    }

    private int add(int clientId, boolean isSettled, BrokerLink on) {
        on.onSent(isSettled);
        return ids.add(clientId, isSettled, on);
    }

    private void settle(int first, int last) {
        for (int id = first; id <= last; id++) {
            ids.settle(id);
        }
        ids.forgetSettled();
    }

    @Test
    void theClientsNumbersAreFoundByTheBrokersAndBackAlsoWhereTheyWrap() {
        for (int i = 0; i < 1000; i++) {
            assertThat(add(Integer.MAX_VALUE - 500 + i, false)).isEqualTo(i);
        }
        for (int i = 0; i < 1000; i++) {
            assertThat(ids.clientId(i)).isEqualTo(Integer.MAX_VALUE - 500 + i);
            assertThat(ids.id(Integer.MAX_VALUE - 500 + i)).isEqualTo(i);
            assertThat(ids.isAwaited(i)).isTrue();
        }
        assertThat(ids.isSettled()).isFalse();
    }

    @Test
    void aRangeBeyondWhatIsKeptIsCutToIt() {
        for (int i = 0; i < 10; i++) {
            add(i, false);
        }
        settle(0, 3);

        assertThat(ids.firstOpen(-1_000_000, 5)).isEqualTo(4);
        assertThat(ids.endOf(1_000_000)).isEqualTo(10);
        assertThat(ids.firstOpen(20, 30)).isEqualTo(ids.endOf(30));
        assertThat(ids.firstOpen(0, 3)).isEqualTo(ids.endOf(3));
        assertThat(ids.firstAwaited(-1_000_000, 1_000_000)).isEqualTo(4);
        assertThat(ids.endOfClient(1_000_000)).isEqualTo(10);
    }

    @Test
    void whatIsSettledInAnyOrderIsForgottenInTheirs() {
        for (int i = 0; i < 6; i++) {
            add(100 + i, i == 2);
        }
        settle(1, 1);
        assertThat(ids.firstOpen(0, 5)).isZero();
        settle(0, 0);
        assertThat(ids.firstOpen(0, 5)).isEqualTo(3);
        assertThat(ids.firstAwaited(100, 105)).isEqualTo(103);
        settle(3, 5);
        assertThat(ids.isSettled()).isTrue();
        assertThat(link.unsettled()).isZero();
    }

    @Test
    void aDeliveryThatWasBegunEarlierMayComeLater() {
        add(7, false);
        add(8, false);
        settle(0, 1);
        add(9, false);
        int late = add(5, false);
        int next = add(10, false);

        assertThat(ids.firstAwaited(0, 100)).isEqualTo(5);
        assertThat(ids.firstAwaited(6, 100)).isEqualTo(9);
        assertThat(ids.id(5)).isEqualTo(late);
        assertThat(ids.id(10)).isEqualTo(next);
        assertThat(ids.isAwaited(late)).isTrue();
    }

    @Test
    void whatTheClientHasLeftIsOpenButNotAwaited() {
        for (int i = 0; i < 4; i++) {
            add(-2 + i, false);
        }
        ids.leave(-1);

        assertThat(ids.isOpen(1)).isTrue();
        assertThat(ids.isAwaited(1)).isFalse();
        assertThat(ids.firstAwaited(-1, 1)).isZero();
        settle(1, 1);
        assertThat(ids.isOpen(1)).isFalse();
        assertThat(ids.isAwaited(0)).isTrue();
    }

    @Test
    void whatWasOnALinkThatIsGoneIsForgottenAndNothingElse() {
        BrokerLink other = new BrokerLink(1, "b", true, null, 0);
        for (int i = 0; i < 100; i++) {
            add(i, i % 3 == 0, i % 2 == 0 ? link : other);
        }
        ids.forget(link);
        assertThat(link.unsettled()).isZero();
        assertThat(other.unsettled()).isPositive();
        ids.forget(other);
        assertThat(ids.isSettled()).isTrue();
        assertThat(ids.isFull()).isFalse();
    }

    @Test
    void aDeliveryThatIsSettledFromTheStartTakesNoRoom() {
        for (int i = 0; i < 3 * DeliveryIds.MOST; i++) {
            add(i, true);
        }
        assertThat(ids.isFull()).isFalse();
        assertThat(ids.isSettled()).isTrue();
    }

    @Test
    void soManyThatAreNotSettledAreTheMost() {
        for (int i = 0; i < DeliveryIds.MOST; i++) {
            assertThat(ids.isFull()).isFalse();
            add(i, false);
        }
        assertThat(ids.isFull()).isTrue();
        settle(0, 0);
        assertThat(ids.isFull()).isFalse();
    }

    @Test
    void numbersThatAreTooFarFromEachOtherAreNotKept() {
        assertThat(ids.canAdd(1_000_000_000)).isTrue();
        add(0, false);
        assertThat(ids.canAdd(DeliveryIds.MOST)).isTrue();
        assertThat(ids.canAdd(1_000_000)).isFalse();
        assertThat(ids.canAdd(-1_000_000)).isFalse();
        assertThat(ids.canAdd(Integer.MIN_VALUE)).isFalse();
        assertThat(ids.canAdd(Integer.MIN_VALUE + 1)).isFalse();
        settle(0, 0);
        assertThat(ids.canAdd(1_000_000)).isTrue();
    }

    @Test
    void theNextClientCountsAsItLikes() {
        add(5, false);
        settle(0, 0);
        ids.beginClient();
        assertThat(add(-1_000_000, false)).isEqualTo(1);
        assertThat(ids.id(-1_000_000)).isEqualTo(1);
    }
}
