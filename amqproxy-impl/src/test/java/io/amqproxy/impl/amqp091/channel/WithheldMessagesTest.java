package io.amqproxy.impl.amqp091.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WithheldMessagesTest {

    private final WithheldMessages withheld = new WithheldMessages();

    private record One(long tag, long octets) {}

    /** The same, kept in the simplest way. */
    private final ArrayDeque<One> kept = new ArrayDeque<>();

    private long last;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theOldestIsTheFirstHoweverTheyComeAndGo(long seed) {
        Random random = new Random(seed);
        int most = 0;
        for (int step = 0; step < 20_000; step++) {
            randomStep(random, step / 500 % 2 == 0);
            most = Math.max(most, kept.size());
            assertThat(withheld.count()).as("seed %d, step %d", seed, step).isEqualTo(kept.size());
            assertThat(withheld.isEmpty()).isEqualTo(kept.isEmpty());
            if (!kept.isEmpty()) {
                assertThat(new One(withheld.firstTag(), withheld.firstOctets()))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(kept.getFirst());
            }
        }
        assertThat(most).as("seed %d has made it grow", seed).isGreaterThan(100);
    }

    private void randomStep(Random random, boolean grows) {
        int dice = random.nextInt(1_000);
        if (dice == 0) {
            withheld.clear();
            kept.clear();
        } else if (kept.isEmpty() || dice < (grows ? 700 : 300)) {
            last += 1 + random.nextInt(3);
            One one = new One(last, random.nextInt(1_000));
            withheld.add(one.tag(), one.octets());
            kept.add(one);
        } else {
            withheld.removeFirst();
            kept.removeFirst();
        }
    }

    @Test
    void itTakesSixteenOctetsOfEachOfTheMostThatThereWere() {
        for (int tag = 1; tag <= WithheldMessages.MOST; tag++) {
            assertThat(withheld.isFull()).isFalse();
            withheld.add(tag, 1);
        }
        assertThat(withheld.isFull()).isTrue();
        assertThat(withheld.heldBytes()).isEqualTo(16L * WithheldMessages.MOST);

        withheld.removeFirst();
        assertThat(withheld.isFull()).isFalse();
        withheld.add(WithheldMessages.MOST + 1, 1);
        assertThat(withheld.heldBytes()).as("the place is used again").isEqualTo(16L * WithheldMessages.MOST);
    }

    @Test
    void whenTheLastIsGoneNothingIsTaken() {
        withheld.add(1, 10);
        withheld.add(2, 10);
        withheld.removeFirst();
        assertThat(withheld.heldBytes()).isPositive();
        withheld.removeFirst();
        assertThat(withheld.heldBytes()).isZero();
        withheld.add(3, 10);
        withheld.clear();
        assertThat(withheld.heldBytes()).isZero();
    }
}
