package io.amqproxy.impl.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.core.Timers.Timed;
import io.amqproxy.impl.core.Timers.Timer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimersTest {

    private final Timers timers = new Timers();
    private final List<Integer> fired = new ArrayList<>();
    private final List<RuntimeException> faults = new ArrayList<>();

    /** Writes down its number when its time has come, then does what it was told to. */
    private final class Alarm implements Timed {
        final int number;
        final Timer timer = new Timer(this);
        Runnable then = () -> {};

        Alarm(int number) {
            this.number = number;
        }

        @Override
        public void onTime() {
            fired.add(number);
            then.run();
        }

        @Override
        public void onFault(RuntimeException fault) {
            faults.add(fault);
        }
    }

    /** Clocks that start well before or shortly before they wrap around, or that count through zero. */
    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "2, 1000000000000",
        "3, -50000",
        "4, 9223372036854775807",
        "5, 9223372036854725807",
        "6, 9223372036854675807",
        "7, 9223372036854770000",
        "8, -9223372036854775808",
    })
    void timersFireInTheOrderOfTheirDeadlinesWhateverTheClockShows(long seed, long start) {
        Random random = new Random(seed);
        List<Alarm> alarms = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            alarms.add(new Alarm(i));
        }
        // Deadlines as time passed since the start, which does not wrap around.
        Map<Integer, Long> model = new HashMap<>();
        long passed = 0;
        for (int step = 0; step < 20_000; step++) {
            String where = "seed " + seed + ", step " + step;
            Alarm alarm = alarms.get(random.nextInt(alarms.size()));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    long deadline = passed - 20 + random.nextInt(2_000);
                    timers.set(alarm.timer, start + deadline);
                    model.put(alarm.number, deadline);
                }
                case 3 -> {
                    long deadline = passed - 20 + random.nextInt(2_000);
                    timers.advance(alarm.timer, start + deadline);
                    model.merge(alarm.number, deadline, Math::min);
                }
                case 4, 5 -> {
                    timers.cancel(alarm.timer);
                    model.remove(alarm.number);
                }
                default -> {
                    passed += random.nextInt(60);
                    timers.fire(start + passed);
                    List<Long> due = removeDue(model, passed, where);
                    assertThat(due).as(where).isSortedAccordingTo(Comparator.naturalOrder());
                }
            }
            assertThat(alarm.timer.isSet()).as(where).isEqualTo(model.containsKey(alarm.number));
            long first =
                    model.values().stream().mapToLong(Long::longValue).min().orElse(Long.MIN_VALUE);
            assertThat(timers.untilNext(start + passed))
                    .as(where)
                    .isEqualTo(model.isEmpty() ? -1 : Math.max(0, first - passed));
        }
        for (Alarm alarm : alarms) {
            assertThat(alarm.timer.isSet()).as("seed %d", seed).isEqualTo(model.containsKey(alarm.number));
        }
    }

    /**
     * Checks that what fired is what was due.
     *
     * @return the deadlines in the order of firing
     */
    private List<Long> removeDue(Map<Integer, Long> model, long passed, String where) {
        List<Integer> expected = new ArrayList<>();
        new TreeMap<>(model).forEach((number, deadline) -> {
            if (deadline <= passed) {
                expected.add(number);
            }
        });
        assertThat(fired).as(where).containsExactlyInAnyOrderElementsOf(expected);
        List<Long> deadlines = fired.stream().map(model::remove).toList();
        fired.clear();
        return deadlines;
    }

    @Test
    void withoutTimersThereIsNothingToWaitFor() {
        timers.fire(Long.MAX_VALUE);

        assertThat(timers.untilNext(0)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 3})
    void aTimerFiresAtItsDeadlineAndNotBefore(long now) {
        Alarm alarm = new Alarm(1);
        timers.set(alarm.timer, now + 10);

        timers.fire(now + 9);
        assertThat(fired).isEmpty();
        assertThat(timers.untilNext(now + 9)).isEqualTo(1);

        timers.fire(now + 10);
        assertThat(fired).containsExactly(1);
        assertThat(alarm.timer.isSet()).isFalse();
    }

    @Test
    void aTimerFiresOnce() {
        timers.set(new Alarm(1).timer, 10);
        timers.fire(10);

        timers.fire(20);

        assertThat(fired).containsExactly(1);
    }

    @Test
    void aMovedTimerFiresAtItsNewDeadlineOnly() {
        Alarm later = new Alarm(1);
        Alarm sooner = new Alarm(2);
        timers.set(later.timer, 10);
        timers.set(sooner.timer, 50);
        timers.set(later.timer, 30);
        timers.set(sooner.timer, 20);

        timers.fire(10);
        assertThat(fired).isEmpty();

        timers.fire(30);
        assertThat(fired).containsExactly(2, 1);
    }

    @Test
    void cancellingWhatIsNotSetChangesNothing() {
        Alarm other = new Alarm(1);
        timers.set(other.timer, 10);

        timers.cancel(new Alarm(2).timer);

        timers.fire(10);
        assertThat(fired).containsExactly(1);
    }

    @Test
    void aTimerMayBeSetAgainWhileItFires() {
        Alarm alarm = new Alarm(1);
        alarm.then = () -> timers.set(alarm.timer, 15);
        timers.set(alarm.timer, 10);

        timers.fire(12);
        assertThat(fired).containsExactly(1);
        assertThat(timers.untilNext(12)).isEqualTo(3);
        alarm.then = () -> {};

        timers.fire(15);
        assertThat(fired).containsExactly(1, 1);
    }

    @Test
    void aTimerThatIsDueMayStillBeCancelledByOneThatFiresBefore() {
        Alarm second = new Alarm(2);
        Alarm first = new Alarm(1);
        first.then = () -> timers.cancel(second.timer);
        timers.set(second.timer, 9);
        timers.set(first.timer, 8);

        timers.fire(10);

        assertThat(fired).containsExactly(1);
        assertThat(second.timer.isSet()).isFalse();
    }

    @Test
    void aFaultIsToldToItsOwnerAndTheOthersFireAllTheSame() {
        RuntimeException fault = new IllegalStateException("expected");
        Alarm faulty = new Alarm(1);
        faulty.then = () -> {
            throw fault;
        };
        timers.set(faulty.timer, 1);
        timers.set(new Alarm(2).timer, 2);

        timers.fire(5);

        assertThat(fired).containsExactly(1, 2);
        assertThat(faults).containsExactly(fault);
        assertThat(faulty.timer.isSet()).isFalse();
    }
}
