package io.amqproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class DefaultSignalsTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final List<String> IGNORING = List.of("sh", "-c", "trap '' HUP INT TERM; exec \"$@\"", "sh");
    private static final List<String> EACH_KILLED = List.of(
            "sh", "-c", "for signal in HUP INT TERM; do sh -c 'kill -'$signal' $$; echo '$signal; done; exit 0");

    @Test
    void childrenGetTheSignalsThatTheirParentsIgnore() {
        assertThat(survivedUnder(List.of())).isEqualTo("HUP\nINT\nTERM\n");
        assertThat(DefaultSignals.ways())
                .isNotEmpty()
                .allSatisfy(way -> assertThat(survivedUnder(way)).isEmpty());
    }

    private static String survivedUnder(List<String> way) {
        List<String> command = DefaultSignals.joined(IGNORING, DefaultSignals.joined(way, EACH_KILLED));
        return Processes.run(new ProcessBuilder(command), LIMIT).text();
    }
}
