package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import io.amqproxy.testkit.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

@Tag("process")
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

    /**
     * The thread that primes the proxy may log something before the log is set up; lines for programs have to stay so.
     */
    @Test
    void aLineThatComesBeforeTheLogIsSetUpComesAloneLater() {
        Processes.Output output = Processes.run(
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dlogback.configurationFile=",
                        "-Dslf4j.provider=" + HastyProvider.class.getName(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Hasty.class.getName()),
                Duration.ofMinutes(1));

        assertThat(output.exitCode()).isZero();
        assertThat(output.errors().lines()).singleElement().asString().endsWith("too early");
    }

    /** What {@link Main} does first. */
    static final class Hasty {

        private Hasty() {}

        public static void main(String[] args) throws InterruptedException {
            LogProvider.announce();
            LoggerFactory.getILoggerFactory();
            Logging.end();
        }
    }

    /** While it is set up somebody asks for a logger. */
    public static final class HastyProvider implements SLF4JServiceProvider {

        private final LogProvider provider = new LogProvider();

        @Override
        public void initialize() {
            LoggerFactory.getLogger("hasty").info("too early");
            provider.initialize();
        }

        @Override
        public ILoggerFactory getLoggerFactory() {
            return provider.getLoggerFactory();
        }

        @Override
        public IMarkerFactory getMarkerFactory() {
            return provider.getMarkerFactory();
        }

        @Override
        public MDCAdapter getMDCAdapter() {
            return provider.getMDCAdapter();
        }

        @Override
        public String getRequestedApiVersion() {
            return provider.getRequestedApiVersion();
        }
    }
}
