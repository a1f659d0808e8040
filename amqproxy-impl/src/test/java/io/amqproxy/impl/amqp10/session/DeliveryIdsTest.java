package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
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
    void oneThatIsNotSettledHoldsNoOtherUp() {
        add(100, false);
        for (int i = 1; i < 3 * DeliveryIds.MOST; i++) {
            assertThat(ids.isFull()).isFalse();
            assertThat(ids.canAdd(100 + i)).isTrue();
            add(100 + i, false);
            settle(i, i);
        }
        assertThat(ids.firstAwaited(0, 1_000_000)).isEqualTo(100);
        assertThat(ids.id(100)).isZero();
        assertThat(ids.isAwaited(0)).isTrue();
        assertThat(ids.firstOpen(1, 1_000_000)).isEqualTo(ids.endOf(1_000_000));
    }

    @Test
    void numbersThatCannotBeToldApartAreNotKept() {
        assertThat(ids.canAdd(2_000_000_000)).isTrue();
        add(0, false);
        assertThat(ids.canAdd(1_000_000_000)).isTrue();
        assertThat(ids.canAdd(-1_000_000_000)).isTrue();
        assertThat(ids.canAdd(1_100_000_000)).isFalse();
        assertThat(ids.canAdd(-1_100_000_000)).isFalse();
        assertThat(ids.canAdd(Integer.MIN_VALUE)).isFalse();
        assertThat(ids.canAdd(Integer.MIN_VALUE + 1)).isFalse();
        settle(0, 0);
        assertThat(ids.canAdd(1_100_000_000)).isTrue();
    }

    @Test
    void oneIsFarFromTheOldestAndTheNewestWhereAQuarterOfAllNumbersIsBetweenThem() {
        int far = 1 << 30;
        add(5, false);
        add(8, false);
        assertThat(ids.canAdd(5 + far - 1)).isTrue();
        assertThat(ids.canAdd(5 + far)).isFalse();
        assertThat(ids.canAdd(8 - far + 1)).isTrue();
        assertThat(ids.canAdd(8 - far)).isFalse();
    }

    /** What is kept is the same as in maps, in whichever order deliveries come and are settled. */
    @Test
    void theyAreAsInMaps() {
        for (int seed = 0; seed < 200; seed++) {
            new Comparison(new Random(seed)).run();
        }
    }

    private static final class Comparison {
        private final Random random;
        private final DeliveryIds ids = new DeliveryIds();
        private final BrokerLink link = new BrokerLink(0, "a", true, null, 0);
        /** The broker's numbers by the client's, from its first one on, of those that it awaits. */
        private final TreeMap<Integer, Integer> awaited = new TreeMap<>();
        /** The client's by the broker's, of those that are not settled. */
        private final TreeMap<Integer, Integer> open = new TreeMap<>();
        /** Those that the client has begun, and that come later. */
        private final List<Integer> late = new ArrayList<>();

        private final int base;
        private int next;

        Comparison(Random random) {
            this.random = random;
            this.base = random.nextBoolean() ? -300 : Integer.MAX_VALUE - 300;
        }

        void run() {
            for (int step = 0; step < 400; step++) {
                for (int i = random.nextInt(6); i > 0; i--) {
                    send();
                }
                if (!open.isEmpty() && random.nextInt(6) > 0) {
                    int first = random.nextInt(ids.next());
                    settle(first, first + random.nextInt(12));
                }
                if (random.nextInt(4) == 0) {
                    leave(random.nextInt(next + 1));
                }
                check();
            }
            assertThat(link.unsettled()).isEqualTo(open.size());
        }

        private void send() {
            if (random.nextInt(10) == 0) {
                late.add(next++);
            } else if (!late.isEmpty() && random.nextInt(10) == 0) {
                send(late.remove(random.nextInt(late.size())));
            } else {
                send(next++);
            }
        }

        private void send(int number) {
            boolean isSettled = random.nextInt(4) == 0;
            assertThat(ids.canAdd(base + number)).isTrue();
            link.onSent(isSettled);
            int id = ids.add(base + number, isSettled, link);
            if (!isSettled) {
                open.put(id, number);
                awaited.put(number, id);
            }
        }

        private void settle(int first, int last) {
            for (int id : List.copyOf(open.subMap(first, last + 1).keySet())) {
                ids.settle(id);
                awaited.remove(open.remove(id));
            }
            ids.forgetSettled();
        }

        private void leave(int number) {
            if (awaited.remove(number) != null) {
                ids.leave(base + number);
                ids.forgetSettled();
            }
        }

        private void check() {
            int first = random.nextInt(ids.next() + 1);
            Integer expected = open.ceilingKey(first);
            int found = ids.firstOpen(first, ids.next() + 5);
            assertThat(found).isEqualTo(expected == null ? ids.endOf(ids.next() + 5) : expected);
            if (expected != null) {
                int number = Objects.requireNonNull(open.get(expected));
                assertThat(ids.isOpen(expected)).isTrue();
                assertThat(ids.clientId(expected)).isEqualTo(base + number);
                assertThat(ids.isAwaited(expected)).isEqualTo(awaited.containsKey(number));
            }
            int from = random.nextInt(next + 1);
            Integer wanted = awaited.ceilingKey(from);
            int one = ids.firstAwaited(base + from, base + next + 5);
            if (wanted == null) {
                assertThat(one).isEqualTo(ids.endOfClient(base + next + 5));
            } else {
                assertThat(one).isEqualTo(base + wanted);
                assertThat(ids.id(one)).isEqualTo(awaited.get(wanted));
            }
        }
    }

    @Test
    void theNextClientCountsAsItLikes() {
        add(5, false);
        settle(0, 0);
        assertThat(add(-1_000_000, false)).isEqualTo(1);
        assertThat(ids.id(-1_000_000)).isEqualTo(1);
    }
}
