package io.amqproxy.program.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WatchdogTest {

    private long now = Long.MAX_VALUE - 1;
    private boolean isTurning = true;
    private final Watchdog watchdog = new Watchdog(this::answer, () -> now);

    private void answer() {
        if (!isTurning) {
            throw new IllegalStateException("a loop of the proxy did not answer");
        }
    }

    @Test
    void loopsThatDoNotAnswerForAWhileAreToldUntilTheyDo() {
        watchdog.ask();
        now += 100 * Watchdog.PATIENCE;
        assertThat(watchdog.silentSeconds()).as("it is not asked all the time").isZero();

        isTurning = false;
        watchdog.ask();
        now += Watchdog.PATIENCE - 1;
        assertThat(watchdog.silentSeconds()).isZero();
        watchdog.ask();
        now += 1;
        assertThat(watchdog.silentSeconds()).isEqualTo(TimeUnit.NANOSECONDS.toSeconds(Watchdog.PATIENCE));

        isTurning = true;
        watchdog.ask();
        assertThat(watchdog.silentSeconds()).isZero();
    }
}
