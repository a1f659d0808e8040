package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReceivedDeliveriesTest {

    private final ReceivedDeliveries received = new ReceivedDeliveries();
    private final BrokerLink link = new BrokerLink(0, "r", false, null, 0);

    private void add(int number, boolean isSettled) throws AmqpError {
        received.add(number, isSettled, link);
    }

    private int lastOpen(int first, int last) {
        return received.lastTogether(received.firstOpen(first, last), last);
    }

    @Test
    void aNumberThatIsRepeatedMovesNothingBack() throws AmqpError {
        add(0, false);
        add(1, false);
        add(2, false);
        add(0, false);
        assertThat(lastOpen(0, 100)).isEqualTo(2);

        received.settle(0, 0);
        add(0, false);
        assertThat(received.firstOpen(0, 100)).isEqualTo(1);
        add(1, true);
        assertThat(received.firstOpen(0, 100)).as("settled by a later transfer").isEqualTo(2);
    }

    @Test
    void aRangeIsCutToWhatIsNotSettled() throws AmqpError {
        for (int i = 0; i < 200; i++) {
            add(i, i % 2 == 0);
        }
        assertThat(received.isAnyOpen(0, 0)).isFalse();
        assertThat(received.isAnyOpen(50, 20)).isFalse();
        assertThat(received.isAnyOpen(300, 400)).isFalse();
        assertThat(received.isAnyOpen(0, -1)).isFalse();
        assertThat(received.firstOpen(-1_000, 1_000_000)).isEqualTo(1);
        assertThat(lastOpen(0, Integer.MAX_VALUE)).isEqualTo(199);
        received.settle(0, 150);
        assertThat(received.firstOpen(0, 1_000)).isEqualTo(151);
        received.settle(0, 1_000);
        assertThat(received.isAnyOpen(0, 1_000)).isFalse();
    }

    /** Against a set, while places move together, grow, and are used anew. */
    @Test
    void whatIsAcceptedInATransactionIsKnownUntilItIsSettled() throws AmqpError {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            ReceivedDeliveries some = new ReceivedDeliveries();
            TreeMap<Integer, Boolean> unsettled = new TreeMap<>();
            int next = 0;
            for (int step = 0; step < 300; step++) {
                int first = random.nextInt(next + 10) - 5;
                int last = first + random.nextInt(20) - 1;
                SortedMap<Integer, Boolean> range = last < first ? new TreeMap<>() : unsettled.subMap(first, last + 1);
                switch (random.nextInt(6)) {
                    case 0 -> {
                        some.acceptInTransaction(first, last);
                        range.replaceAll((number, before) -> true);
                    }
                    case 1 -> {
                        some.settle(first, last);
                        range.clear();
                    }
                    default -> {
                        some.add(next, false, link);
                        unsettled.put(next++, false);
                    }
                }
                int from = random.nextInt(next + 10) - 5;
                int to = from + random.nextInt(30) - 1;
                boolean expected = to >= from && unsettled.subMap(from, to + 1).containsValue(true);
                assertThat(some.isAnyInTransaction(from, to))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void whatIsLeftOutWasNeverGot() throws AmqpError {
        add(0, false);
        add(500, false);
        assertThat(received.isAnyOpen(1, 499)).isFalse();
        assertThat(lastOpen(0, 499)).isZero();
    }

    @Test
    void whoSettlesNothingGetsNoMoreThanTheMost() throws AmqpError {
        int id = 0;
        while (!received.isFull()) {
            add(id++, false);
        }
        assertThat(id).isEqualTo(ReceivedDeliveries.MOST);
        received.settle(0, 0);
        assertThat(received.isFull()).isFalse();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < ReceivedDeliveries.MOST; i++) {
                        add(ReceivedDeliveries.MOST + i, false);
                    }
                })
                .as("what was no more than under way")
                .isInstanceOf(AmqpError.class);
    }

    @Test
    void howFarApartTheyAreIsNoMatter() throws AmqpError {
        add(0, false);
        for (int i = 1; i <= 3 * ReceivedDeliveries.MOST; i++) {
            add(i, false);
            received.settle(i, i);
            assertThat(received.isFull()).isFalse();
        }
        add(200_000_000, false);
        assertThat(received.firstOpen(0, 100)).isZero();
        assertThat(received.lastTogether(0, 300_000_000))
                .as("a range of its own")
                .isZero();
        assertThat(received.firstOpen(1, 300_000_000)).isEqualTo(200_000_000);
    }

    @Test
    void whatCouldNotBeToldFromTheOldestIsNotSent() throws AmqpError {
        received.begin(-5);
        add(-5, false);
        for (int i = 1; !received.isFull(); i++) {
            assertThat(i).isLessThan(100);
            add(i * 10_000_000, false);
        }
        received.settle(-5, -5);
        assertThat(received.isFull()).isFalse();
    }

    @Test
    void whatIsSettledBetweenFewIsNotInTheirRange() throws AmqpError {
        for (int i = 0; i < 10; i++) {
            add(i, false);
        }
        add(5_000, false);
        add(5_500, false);
        assertThat(lastOpen(3, 6_000)).isEqualTo(9);
        assertThat(lastOpen(10, 6_000)).isEqualTo(5_500);
    }

    @Test
    void aLinkTakesItsDeliveriesAlongAndNoOthers() throws AmqpError {
        BrokerLink other = new BrokerLink(0, "s", false, null, 0);
        for (int i = 0; i < 300; i++) {
            received.add(i, false, i % 3 == 0 ? other : link);
        }
        received.forget(link);
        assertThat(received.firstOpen(1, 299)).isEqualTo(3);
        assertThat(received.isAnyOpen(1, 2)).isFalse();
        assertThat(lastOpen(0, 299)).isEqualTo(297);
        received.add(300, false, link);
        assertThat(received.isAnyOpen(298, 400)).as("behind its end").isFalse();
        received.settle(3, 1_000);
        assertThat(other.unsettled()).isEqualTo(1);
        received.forget(other);
        assertThat(received.isAnyOpen(0, 1_000)).isFalse();
        BrokerLink next = new BrokerLink(0, "t", false, null, 0);
        received.add(400, false, next);
        assertThat(received.firstOpen(0, 1_000)).isEqualTo(400);
    }

    /** What is kept is the same as in a map, whatever is settled in whichever order. */
    @Test
    void theyAreAsInAMap() throws AmqpError {
        for (int seed = 0; seed < 200; seed++) {
            new Comparison(new Random(seed)).run();
        }
    }

    private static final class Comparison {
        private final Random random;
        private final ReceivedDeliveries received = new ReceivedDeliveries();
        private final TreeMap<Integer, BrokerLink> expected = new TreeMap<>();
        private final BrokerLink[] links = new BrokerLink[4];
        private final int base;
        private int next;

        Comparison(Random random) {
            this.random = random;
            this.base = random.nextBoolean() ? -700 : Integer.MAX_VALUE - 700;
            received.begin(base);
        }

        void run() throws AmqpError {
            for (int step = 0; step < 300; step++) {
                int which = random.nextInt(links.length);
                if (links[which] == null || random.nextInt(40) == 0) {
                    replace(which);
                }
                for (int i = random.nextInt(8); i > 0; i--) {
                    add(links[which]);
                }
                int first = random.nextInt(next + 1);
                int last = random.nextBoolean() ? first : first + random.nextInt(60);
                check(first, last);
                if (random.nextInt(3) > 0) {
                    received.settle(base + first, base + last);
                    expected.subMap(first, last + 1).clear();
                }
            }
            for (BrokerLink link : links) {
                long left =
                        expected.values().stream().filter(one -> one == link).count();
                assertThat(link == null ? 0 : link.unsettled()).isEqualTo((int) left);
            }
        }

        private void replace(int which) {
            BrokerLink before = links[which];
            if (before != null) {
                received.forget(before);
                expected.values().removeIf(link -> link == before);
            }
            links[which] = new BrokerLink(which, "r", false, null, 0);
        }

        private void add(BrokerLink link) throws AmqpError {
            boolean isSettled = random.nextInt(4) == 0;
            next += random.nextInt(20) == 0 ? random.nextInt(100) : 0;
            received.add(base + next, isSettled, link);
            if (!isSettled) {
                expected.put(next, link);
            }
            next++;
        }

        private void check(int first, int last) {
            SortedMap<Integer, BrokerLink> range = expected.subMap(first, last + 1);
            assertThat(received.isAnyOpen(base + first, base + last)).isEqualTo(!range.isEmpty());
            if (!range.isEmpty()) {
                assertThat(received.firstOpen(base + first, base + last)).isEqualTo(base + range.firstKey());
                assertThat(received.lastTogether(base + range.firstKey(), base + last))
                        .isEqualTo(base + range.lastKey());
            }
        }
    }

    @Test
    void theyGoOnWhereTheNumbersWrap() throws AmqpError {
        for (int i = 0; i < 1_000; i++) {
            add(Integer.MAX_VALUE - 500 + i, false);
        }
        int last = Integer.MIN_VALUE + 498;
        assertThat(lastOpen(Integer.MAX_VALUE, Integer.MIN_VALUE + 1_000)).isEqualTo(last);
        received.settle(Integer.MAX_VALUE - 500, last);
        assertThat(received.isAnyOpen(Integer.MAX_VALUE - 500, last)).isFalse();
    }
}
