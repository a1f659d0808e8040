package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TagWindowTest {

    private final TagWindow window = new TagWindow();

    /** The tags that are open, kept in the simplest way. */
    private final TreeSet<Long> open = new TreeSet<>();

    private long last;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aWindowIsSettledExactlyWhenNoTagIsOpen(long seed) {
        Random random = new Random(seed);
        int settled = 0;
        for (int step = 0; step < 20_000; step++) {
            randomStep(random, 1 + random.nextInt(200));
            assertThat(window.isSettled()).as("seed %d, step %d", seed, step).isEqualTo(open.isEmpty());
            assertThat(window.last()).as("seed %d, step %d", seed, step).isEqualTo(last);
            long tag = last + 2 - random.nextInt(200);
            assertThat(window.isOpen(tag))
                    .as("seed %d, step %d, tag %d", seed, step, tag)
                    .isEqualTo(open.contains(tag));
            settled += window.isSettled() ? 1 : 0;
        }
        assertThat(settled).as("seed %d reached it", seed).isGreaterThan(100);
    }

    private void randomStep(Random random, int reach) {
        switch (random.nextInt(8)) {
            case 0 -> {
                for (int i = random.nextInt(reach); i >= 0; i--) {
                    open();
                }
            }
            case 1 -> {
                window.openSettled();
                last++;
            }
            case 2 -> settle(random.nextLong(last + 3), random.nextInt(8) == 0);
            case 3 -> settle(0, random.nextInt(8) == 0);
            default -> {
                if (!open.isEmpty()) {
                    settle(anOpenTag(random, reach), random.nextInt(6) == 0);
                }
            }
        }
        for (int i = random.nextInt(40); i > 0 && open.size() < 60 && !open.isEmpty(); i--) {
            settle(anOpenTag(random, 60), false);
        }
    }

    private long anOpenTag(Random random, int reach) {
        Long near = open.ceiling(open.first() + random.nextInt(reach));
        return near == null ? open.first() : near;
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void aWindowThatGaveUpNeverClaimsToBeSettled(long seed) {
        Random random = new Random(seed);
        int tags = TagWindow.MAX_BITS + 10_000;
        for (int i = 0; i < tags; i++) {
            open();
        }
        for (int i = 0; i < 20_000; i++) {
            settle(1 + random.nextInt(tags), random.nextInt(5_000) == 0);
            assertThat(window.isSettled() && !open.isEmpty())
                    .as("seed %d, step %d: settled with open tags", seed, i)
                    .isFalse();
        }
        settle(1 + TagWindow.MAX_BITS + open.first(), false);
        settle(0, true);
        open();
        settle(last, false);
        assertThat(open).as("seed %d", seed).isEmpty();
        assertThat(window.last()).as("seed %d", seed).isEqualTo(tags + 1L);
    }

    @Test
    void tagsSettledInReverseOrderAreKeptUpToTheBound() {
        for (int i = 0; i < TagWindow.MAX_BITS; i++) {
            open();
        }
        for (long tag = TagWindow.MAX_BITS; tag > 1; tag--) {
            settle(tag, false);
            assertThat(window.isSettled()).as("tag 1 is open").isFalse();
        }

        settle(1, false);

        assertThat(window.isSettled()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 1_000, 65_535})
    void tagsSettledFarAwayAreRememberedWhileTheWindowGrows(int settledBefore) {
        for (int i = 0; i < settledBefore; i++) {
            window.openSettled();
            last++;
        }
        long oldest = last + 1;
        for (int i = 0; i < TagWindow.MAX_BITS; i++) {
            open();
        }
        for (long tag = oldest + 1; tag < oldest + TagWindow.MAX_BITS; tag += 2) {
            settle(tag, false);
        }
        for (long tag = oldest + 2; tag < oldest + TagWindow.MAX_BITS; tag += 2) {
            settle(tag, false);
            assertThat(window.isSettled()).as("the oldest tag is open").isFalse();
        }

        settle(oldest, false);

        assertThat(open).isEmpty();
        assertThat(window.isSettled()).isTrue();
    }

    @Test
    void aTagSettledFartherAwayMakesTheWindowGiveUpForGood() {
        for (int i = 0; i <= TagWindow.MAX_BITS; i++) {
            open();
        }
        settle(TagWindow.MAX_BITS + 1L, false);

        settle(0, true);

        assertThat(open).isEmpty();
        assertThat(window.isSettled()).isFalse();
    }

    @Test
    void theBoundMovesWithTheOldestOpenTag() {
        for (int i = 0; i < 3 * TagWindow.MAX_BITS; i++) {
            open();
        }
        settle(2L * TagWindow.MAX_BITS, true);
        settle(3L * TagWindow.MAX_BITS, false);

        settle(3L * TagWindow.MAX_BITS - 1, true);

        assertThat(window.isSettled()).isTrue();
    }

    @Test
    void aNewWindowIsSettled() {
        assertThat(window.isSettled()).isTrue();
        assertThat(window.last()).isZero();
    }

    @Test
    void aTagThatNeedsNoSettlingLeavesTheWindowAsItWas() {
        window.openSettled();
        assertThat(window.isSettled()).isTrue();

        window.open();
        window.openSettled();
        assertThat(window.isSettled()).isFalse();

        window.settle(2, false);
        assertThat(window.isSettled()).isTrue();
        assertThat(window.last()).isEqualTo(3);
    }

    @Test
    void settlingATagTwiceDoesNotSettleItsNeighbour() {
        open();
        open();
        open();
        settle(2, false);
        settle(2, false);
        settle(1, false);

        settle(1, false);

        assertThat(window.isSettled()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 64, 65_536, 65_537, 1L << 32, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void anUnknownTagChangesNothing(long tag) {
        open();
        open();
        open();
        window.settle(tag, false);
        window.settle(tag, true);

        assertThat(window.isKnown(tag)).isFalse();
        assertThat(window.isSettled()).isFalse();
        settle(1, false);
        settle(2, false);
        assertThat(window.isSettled()).isFalse();
        settle(3, false);
        assertThat(window.isSettled()).isTrue();
    }

    @Test
    void tagsFromOneToTheLastAreKnownWhetherOpenOrNot() {
        open();
        open();
        settle(1, false);

        assertThat(window.isKnown(0)).isFalse();
        assertThat(window.isKnown(1)).isTrue();
        assertThat(window.isKnown(2)).isTrue();
        assertThat(window.isKnown(3)).isFalse();
    }

    @Test
    void zeroWithMultipleSettlesAllAndWithoutItNothing() {
        open();
        open();
        settle(0, false);
        assertThat(window.isSettled()).isFalse();

        settle(0, true);

        assertThat(window.isSettled()).isTrue();
    }

    private void open() {
        window.open();
        open.add(++last);
    }

    private void settle(long tag, boolean multiple) {
        window.settle(tag, multiple);
        if (!multiple) {
            open.remove(tag);
        } else if (tag == 0) {
            open.clear();
        } else if (tag <= last) {
            open.headSet(tag, true).clear();
        }
    }
}
