package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that runs out of memory ends, and says so; it does not stay to be deaf. */
@Timeout(120)
class EmergencyExitTest {

    private int halts;

    private static void memory() {}

    private static void noMemory() {
        throw new OutOfMemoryError("on purpose");
    }

    @Test
    void aShortageThatPassesEndsNothing() {
        EmergencyExit exit = new EmergencyExit(() -> halts++);
        for (int i = 0; i < 10; i++) {
            look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS - 1);
            look(exit, EmergencyExitTest::memory, 1);
        }
        assertThat(halts).isZero();
    }

    @Test
    void oneThatStaysIsTheEnd() {
        EmergencyExit exit = new EmergencyExit(() -> halts++);
        look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS);
        assertThat(halts).isEqualTo(1);
    }

    /** The JVM takes memory to end for the first time. */
    @Test
    void theEndIsTriedUntilThereIsMemoryForIt() {
        EmergencyExit exit = new EmergencyExit(() -> {
            if (++halts < 5) {
                throw new OutOfMemoryError("on purpose");
            }
        });
        look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS);
        assertThat(halts).isEqualTo(5);
    }

    private static void look(EmergencyExit exit, Runnable probe, int times) {
        for (int i = 0; i < times; i++) {
            exit.look(probe);
        }
    }
}
