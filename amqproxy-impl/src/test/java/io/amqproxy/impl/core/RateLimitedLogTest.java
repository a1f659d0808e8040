package io.amqproxy.impl.core;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RateLimitedLogTest {

    private final Logger log = (Logger) LoggerFactory.getLogger(RateLimitedLogTest.class);
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private long now = Long.MAX_VALUE - 5;
    private final RateLimitedLog lines = new RateLimitedLog(() -> now);

    @BeforeEach
    void listen() {
        written.start();
        log.addAppender(written);
    }

    @AfterEach
    void stop() {
        log.detachAppender(written);
    }

    @Test
    void aFloodIsAFewLinesAndThenOneASecondWithTheNumberOfOthers() {
        for (int i = 0; i < 1000; i++) {
            lines.warn(log, "client {} is refused", i);
        }
        now += RateLimitedLog.APART - 1;
        lines.warn(log, "client {} is refused", 1000);
        now += 1;
        lines.warn(log, "client {} is refused", 1001);

        assertThat(written.list).hasSize(RateLimitedLog.AT_ONCE + 1);
        assertThat(written.list.get(0)).hasToString("[WARN] client 0 is refused");
        assertThat(written.list.get(RateLimitedLog.AT_ONCE))
                .hasToString("[WARN] client 1001 is refused (991 lines like this were left out)");
    }

    @Test
    void whoWasQuietMayWriteAgainButNotMoreThanBefore() {
        flood();
        now += 1000 * RateLimitedLog.APART;
        written.list.clear();

        flood();

        assertThat(written.list).hasSize(RateLimitedLog.AT_ONCE);
    }

    @Test
    void eachKindHasLinesOfItsOwn() {
        flood();

        lines.error(log, "{} failed", "a session", new IllegalStateException("fault"));

        ILoggingEvent last = written.list.get(written.list.size() - 1);
        assertThat(last).hasToString("[ERROR] a session failed");
        assertThat(last.getThrowableProxy().getMessage()).isEqualTo("fault");
    }

    private void flood() {
        for (int i = 0; i < 100; i++) {
            lines.warn(log, "client {} is closed", i);
        }
    }
}
