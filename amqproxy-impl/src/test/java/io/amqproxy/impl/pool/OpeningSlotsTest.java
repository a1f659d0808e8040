package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Clients that open many channels at once take turns, and are in nobody's way who has none under way. */
class OpeningSlotsTest {

    private static final int MANY = 90;
    /** The first answer came at once. */
    private static final int AT_FIRST = OpeningSlots.FEW + 1;

    private static final Duration LONG = Duration.ofMillis(30);

    private final Rig.Options options = new Rig.Options();
    private final Rig rig;

    OpeningSlotsTest() {
        options.channelMax = 300;
        options.maxChannelsPerConnection = 300;
        rig = new Rig(options);
        rig.broker.queue("q");
        TestClient first = rig.open();
        first.openChannel(1).publish(1, "q", "first");
        rig.run();
        rig.broker.prompt = false;
    }

    private TestClient greedy() {
        TestClient greedy = rig.open();
        for (int channel = 1; channel <= MANY; channel++) {
            greedy.openChannel(channel).publish(channel, "q", "greedy");
        }
        rig.run();
        return greedy;
    }

    /** Until nobody asks for more. */
    private void openAll() {
        while (rig.broker.only().openNext()) {
            rig.run();
        }
    }

    private long published() {
        return rig.broker.allChannels().stream()
                .mapToLong(channel -> channel.waiting(Method.BASIC_PUBLISH))
                .sum();
    }

    private int asked() {
        return rig.broker.only().allChannels().size() - 1;
    }

    @Test
    void oneClientHasNoMoreThanABoundUnderWay() {
        greedy();
        assertThat(asked()).isEqualTo(AT_FIRST);
    }

    @Test
    void whoHasNoneUnderWayIsServedAtOnce() {
        greedy();
        for (int i = 1; i <= 5; i++) {
            TestClient neighbour = rig.open();
            neighbour.openChannel(1).publish(1, "q", "neighbour");
            rig.run();
            assertThat(asked()).isEqualTo(AT_FIRST + i);
        }
    }

    @Test
    void allOfThemAreOpenInTheEnd() {
        TestClient one = greedy();
        TestClient other = greedy();
        openAll();

        assertThat(published()).isEqualTo(2 * MANY);
        assertThat(one.methods(MANY)).containsExactly(Method.CHANNEL_OPEN_OK);
        assertThat(other.methods(MANY)).containsExactly(Method.CHANNEL_OPEN_OK);
    }

    @Test
    void theyTakeTurns() {
        greedy();
        greedy();
        int before = rig.broker.only().allChannels().size();
        for (int i = 0; i < 10; i++) {
            rig.pass(LONG);
            rig.broker.only().openNext();
            rig.run();
        }
        assertThat(rig.broker.only().allChannels().size()).isEqualTo(before + 8); // One was one too many.
        assertThat(rig.pool().waiting()).isEqualTo(2);
    }

    @Test
    void whileTheBrokerIsQuickMoreAreUnderWay() {
        greedy();
        for (int i = 0; i < 20; i++) {
            rig.broker.only().openNext();
            rig.run();
        }
        assertThat(asked() - 20).as("under way").isEqualTo(AT_FIRST + 20);
        for (int i = 0; i < 4; i++) {
            rig.pass(LONG);
            rig.broker.only().openNext();
            rig.run();
        }
        int before = asked();
        for (int i = 0; i < 18; i++) {
            rig.pass(LONG);
            rig.broker.only().openNext();
            rig.run();
        }
        assertThat(asked()).as("none until few are under way").isEqualTo(before + 1);
    }

    @Test
    void whatAClientHasSentBeforeItLeftGoesOn() {
        TestClient one = greedy();
        TestClient other = greedy();
        one.vanish();
        rig.run();
        openAll();

        assertThat(published()).isEqualTo(2 * MANY);
        assertThat(other.methods(MANY)).containsExactly(Method.CHANNEL_OPEN_OK);
    }
}
