package io.amqproxy.impl.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.amqproxy.testkit.LogLines;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Who is told when of a certificate that ends. */
class ExpiryNoticeTest {

    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    private final Logger log = (Logger) LoggerFactory.getLogger(ExpiryNotice.class);
    private final LogLines lines = LogLines.ofThisThread();
    private final ExpiryNotice notice = new ExpiryNotice();

    private static final class Ending implements Reloadable {
        private @Nullable Instant end;

        @Override
        public @Nullable Instant notAfter() {
            return end;
        }

        @Override
        public String purpose() {
            return "a test";
        }

        @Override
        public boolean isReloadable() {
            return false;
        }

        @Override
        public void reloadIfChanged() {}
    }

    private final Ending ending = new Ending();

    @BeforeEach
    void listen() {
        lines.start();
        log.setAdditive(false);
        log.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        log.detachAppender(lines);
        log.setAdditive(true);
    }

    private void look(Instant now) {
        notice.look(ending, now);
    }

    @Test
    void whatLastsForLongerThanTwoWeeksOrIsUnknownIsNoNews() {
        look(NOW);
        ending.end = NOW.plus(Duration.ofDays(14)).plusSeconds(1);
        look(NOW);

        assertThat(lines.list).isEmpty();
    }

    @Test
    void whatEndsWithinTwoWeeksIsToldOnceADay() {
        ending.end = NOW.plus(Duration.ofDays(14));
        look(NOW);
        look(NOW.plus(Duration.ofHours(23)));
        assertThat(lines.list).singleElement().satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getFormattedMessage())
                    .isEqualTo("The certificate for a test ends at 2026-11-15T00:00:00Z, in less than 15 days");
        });

        look(NOW.plus(Duration.ofHours(24)));
        assertThat(lines.list).hasSize(2);
        look(NOW.plus(Duration.ofDays(20)));
        assertThat(lines.list.get(2).getFormattedMessage())
                .isEqualTo("The certificate for a test ended at 2026-11-15T00:00:00Z");
    }

    @Test
    void anotherOneThatEndsSoonIsToldAtOnce() {
        ending.end = NOW.plus(Duration.ofDays(1));
        look(NOW);
        ending.end = NOW.plus(Duration.ofDays(2));
        look(NOW.plusSeconds(10));

        assertThat(lines.list).hasSize(2);
    }
}
