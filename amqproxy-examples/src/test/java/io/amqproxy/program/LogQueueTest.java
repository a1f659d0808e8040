package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class LogQueueTest {

    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("test");
    private final CountDownLatch writing = new CountDownLatch(1);
    private final CountDownLatch stuck = new CountDownLatch(1);
    private final List<String> written = new CopyOnWriteArrayList<>();

    /** It writes no line before it may. */
    private final LogQueue queue = new LogQueue(
            context,
            List.of(new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    writing.countDown();
                    try {
                        stuck.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    written.add(event.getFormattedMessage());
                }
            }),
            () -> {});

    @Test
    void whoLogsNeverWaitsAndWhatIsDroppedIsCountedAndTold() throws Exception {
        start();
        logger.info("first");
        writing.await();

        for (int i = 0; i < LogQueue.CAPACITY + 7; i++) {
            logger.info("line {}", i);
        }

        assertThat(queue.dropped()).isEqualTo(7);
        stuck.countDown();
        queue.end(Duration.ofSeconds(50));
        assertThat(written)
                .hasSize(1 + LogQueue.CAPACITY + 1)
                .contains(
                        "line " + (LogQueue.CAPACITY - 1),
                        "7 lines of the log were dropped: they could not be written in time")
                .doesNotContain("line " + LogQueue.CAPACITY);
    }

    @Test
    void aLogThatIsStuckDoesNotKeepTheProgramFromEnding() throws Exception {
        start();
        logger.info("first");
        writing.await();

        queue.end(Duration.ofMillis(1));

        assertThat(written).isEmpty();
        stuck.countDown();
    }

    @Test
    void lateLinesAreNotWritten() throws Exception {
        start();
        stuck.countDown();
        logger.info("first");
        queue.end(Duration.ofSeconds(50));

        logger.info("late");

        assertThat(written).containsExactly("first");
    }

    private void start() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        queue.logs().forEach(Appender::start);
        queue.start();
        logger.addAppender(queue);
    }
}
