package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OpenNumbersTest {

    private static final int MOST_KEPT = 64;

    private final Numbers numbers = new Numbers();

    private static final class Numbers extends OpenNumbers {
        final Set<Integer> over = new HashSet<>();
        int capacity;
        /** What is kept beside each, at its place. */
        int[] labels = {};

        Numbers() {
            super(MOST_KEPT);
        }

        @Override
        void move(int from, int to) {
            labels[to] = labels[from];
        }

        @Override
        void resize(int places) {
            capacity = places;
            labels = Arrays.copyOf(labels, places);
        }

        @Override
        boolean isOver(int place) {
            return over.contains(number(place));
        }

        void openAll(int... all) {
            for (int number : all) {
                openLabelled(number);
            }
        }

        void openLabelled(int number) {
            int place = open(number);
            labels[place] = -number;
        }

        void closeNumber(int number) {
            close(place(number));
            forgetClosed();
        }
    }

    @Test
    void placesOfWhatIsClosedAreUsedAgain() {
        numbers.open(1);
        int first = numbers.capacity;
        for (int number = 2; number < 100 * first; number++) {
            numbers.open(number);
            numbers.closeNumber(number);
        }

        assertThat(numbers.capacity).isEqualTo(first);
        assertThat(numbers.oldest(-1)).isEqualTo(1);
        assertThat(numbers.count()).isOne();
    }

    @Test
    void moreThanIsKeptIsGivenBackOnceNothingIsOpen() {
        for (int number = 0; number < MOST_KEPT; number++) {
            numbers.open(number);
        }
        for (int number = 0; number < MOST_KEPT; number++) {
            numbers.closeNumber(number);
        }
        assertThat(numbers.capacity).isEqualTo(MOST_KEPT);

        for (int number = 0; number <= MOST_KEPT; number++) {
            numbers.open(number);
        }
        assertThat(numbers.capacity).isEqualTo(2 * MOST_KEPT);
        for (int number = 0; number < MOST_KEPT; number++) {
            numbers.closeNumber(number);
        }
        assertThat(numbers.capacity).isEqualTo(2 * MOST_KEPT);
        numbers.closeNumber(MOST_KEPT);
        assertThat(numbers.capacity).isZero();
        assertThat(numbers.oldest(-1)).isEqualTo(-1);
    }

    @Test
    void aRangeEndsWhereTooMuchOfItWouldBeLeftOut() {
        numbers.openAll(1, 10, 12, 15);
        int ten = numbers.place(10);

        assertThat(numbers.lastOfRange(ten, 15, 0)).isEqualTo(12);
        assertThat(numbers.lastOfRange(ten, 15, 1)).isEqualTo(15);
        assertThat(numbers.lastOfRange(ten, 14, 1)).isEqualTo(12);
        assertThat(numbers.lastOfRange(ten, 10, 0)).isEqualTo(10);
    }

    @Test
    void whatIsOverIsNeitherOpenNorCounted() {
        numbers.openAll(1, 2, 3, 4);
        numbers.over.addAll(Set.of(1, 4));
        numbers.closeAll(2);

        assertThat(numbers.count()).isEqualTo(2);
        assertThat(numbers.place(1)).isEqualTo(-1);
        assertThat(numbers.number(numbers.first(0, 9))).isEqualTo(2);
        assertThat(numbers.lastOfRange(numbers.place(2), 9, 9)).isEqualTo(3);
        numbers.forgetClosed();
        assertThat(numbers.oldest(-1)).isEqualTo(2);
        assertThat(numbers.first(4, 9)).isEqualTo(-1);
    }

    @Test
    void oneThatComesLateLiesBetweenItsNeighbours() {
        numbers.openAll(Integer.MAX_VALUE, Integer.MIN_VALUE + 4);
        numbers.open(Integer.MIN_VALUE + 1);

        assertThat(numbers.number(numbers.first(Integer.MIN_VALUE, Integer.MIN_VALUE + 9)))
                .isEqualTo(Integer.MIN_VALUE + 1);
        assertThat(numbers.number(numbers.search(Integer.MIN_VALUE + 2))).isEqualTo(Integer.MIN_VALUE + 4);
        assertThat(numbers.behindNewest(0)).isEqualTo(Integer.MIN_VALUE + 5);
        assertThat(numbers.first(Integer.MIN_VALUE + 9, Integer.MAX_VALUE)).isEqualTo(-1);
    }

    @Test
    void theyAreAsInASetWhateverIsOpenedAndClosed() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            int base = Integer.MAX_VALUE - 200;
            TreeSet<Integer> open = new TreeSet<>();
            List<Integer> late = new ArrayList<>();
            int next = 0;
            for (int step = 0; step < 400; step++) {
                int what = random.nextInt(10);
                if (what == 0) {
                    late.add(next++);
                } else if (what == 1 && !late.isEmpty()) {
                    int number = late.remove(random.nextInt(late.size()));
                    numbers.openLabelled(base + number);
                    open.add(number);
                } else if (what < 6 || open.isEmpty()) {
                    numbers.openLabelled(base + next);
                    open.add(next++);
                } else {
                    int number = open.headSet(random.nextInt(next + 1) + open.first(), true)
                            .last();
                    numbers.closeNumber(base + number);
                    open.remove(number);
                }
                int from = random.nextInt(next + 2);
                Integer first = open.ceiling(from);
                int place = numbers.first(base + from, base + next);
                assertThat(place < 0 ? null : numbers.number(place) - base)
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(first);
                assertThat(place < 0 || numbers.labels[place] == -numbers.number(place))
                        .isTrue();
                assertThat(numbers.count()).isEqualTo(open.size());
                assertThat(numbers.oldest(base - 1) - base).isEqualTo(open.isEmpty() ? -1 : open.first());
            }
            open.forEach(number -> numbers.closeNumber(base + number));
        }
    }
}
