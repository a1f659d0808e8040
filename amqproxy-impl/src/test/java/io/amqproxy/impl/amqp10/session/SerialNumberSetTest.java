package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SerialNumberSetTest {

    /** Numbers are those from here on, so that they wrap. */
    private int base;

    private SerialNumberSet marks = SerialNumberSet.NOTHING;
    private final TreeSet<Integer> expected = new TreeSet<>();

    @Test
    void theyAreFoundAsInASetWhereverTheRangeLies() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            base = random.nextInt(4) == 0 ? random.nextInt() : -random.nextInt(400);
            marks = SerialNumberSet.NOTHING;
            expected.clear();
            int from = 0;
            int end = 0;
            for (int step = 0; step < 200; step++) {
                int added = random.nextInt(30);
                if (end + added - from > marks.capacity()) {
                    if (marks.capacity() < 1024 && random.nextBoolean()) {
                        marks = marks.grownTo(Math.max(Long.SIZE, 2 * marks.capacity()), base + from, base + end);
                    } else {
                        from += random.nextInt(end - from + 1);
                        expected.removeAll(new TreeSet<>(expected.headSet(from)));
                    }
                    continue;
                }
                for (; added > 0; added--) {
                    set(end++, random.nextInt(4) == 0);
                }
                if (from == end) {
                    continue;
                }
                int first = from + random.nextInt(end - from);
                int behind = first + random.nextInt(end - first + 1);
                if (random.nextInt(5) == 0) {
                    marks.clear(base + first, base + behind);
                    expected.subSet(first, behind).clear();
                }
                if (random.nextInt(8) == 0) {
                    marks.setAll(base + first, base + behind);
                    for (int number = first; number < behind; number++) {
                        expected.add(number);
                    }
                }
                check(first, behind);
            }
        }
    }

    private void set(int number, boolean isMarked) {
        marks.set(base + number, isMarked);
        if (isMarked) {
            expected.add(number);
        } else {
            expected.remove(number);
        }
    }

    private void check(int first, int behind) {
        if (expected.subSet(first, behind).isEmpty()) {
            assertThat(marks.first(base + first, base + behind)).isEqualTo(base + behind);
        } else {
            assertThat(marks.first(base + first, base + behind))
                    .isEqualTo(base + expected.subSet(first, behind).first());
            assertThat(marks.last(base + first, base + behind))
                    .isEqualTo(base + expected.subSet(first, behind).last());
        }
        for (int number = first; number < behind; number++) {
            assertThat(marks.get(base + number)).isEqualTo(expected.contains(number));
        }
    }
}
