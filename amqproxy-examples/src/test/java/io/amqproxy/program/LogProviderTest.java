package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogProviderTest {

    private static final String FILE = "logback.configurationFile";

    private final String before = System.getProperty(FILE);
    private final LogProvider provider = new LogProvider();

    @TempDir
    private Path directory;

    @AfterEach
    void putBack() {
        ((LoggerContext) provider.getLoggerFactory()).stop();
        if (before == null) {
            System.clearProperty(FILE);
        } else {
            System.setProperty(FILE, before);
        }
    }

    private Logger root() {
        return (Logger) provider.getLoggerFactory().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @Test
    void linesGoToStandardErrorFromInfoOn() {
        System.setProperty(FILE, "");

        provider.initialize();

        assertThat(root().getLevel()).isEqualTo(Level.INFO);
        assertThat(root().iteratorForAppenders()).toIterable().singleElement().satisfies(appender -> {
            assertThat(appender.isStarted()).isTrue();
            assertThat(((OutputStreamAppender<?>) appender).getEncoder()).isInstanceOf(TextEncoder.class);
        });
        provider.getMDCAdapter().put("key", "value");
        assertThat(provider.getMDCAdapter().get("key")).isEqualTo("value");
    }

    @Test
    void aFileOfTheOperatorIsRead() throws Exception {
        Path file = directory.resolve("mine.xml");
        Files.writeString(file, """
                <configuration>
                  <appender name="MINE" class="ch.qos.logback.core.read.ListAppender"/>
                  <root level="ERROR"><appender-ref ref="MINE"/></root>
                </configuration>
                """);
        System.setProperty(FILE, file.toString());

        provider.initialize();

        Appender<ILoggingEvent> mine = root().getAppender("MINE");
        assertThat(mine).isNotNull();
        assertThat(root().getLevel()).isEqualTo(Level.ERROR);
    }
}
