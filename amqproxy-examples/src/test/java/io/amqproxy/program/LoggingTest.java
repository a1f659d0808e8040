package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.amqproxy.program.Setup.LogFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class LoggingTest {

    @ParameterizedTest
    @EnumSource(LogFormat.class)
    void aMessageIsOneLineWhateverIsInIt(LogFormat format) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent(
                "", context.getLogger("test"), Level.WARN, "user {} is refused", null, new Object[] {"a\nb\u001b[2Jc"});

        String line = new String(Logging.encoder(context, format, Map.of()).encode(event), StandardCharsets.UTF_8);

        assertThat(line).contains("user a").contains(" is refused").endsWith(System.lineSeparator());
        assertThat(line.strip().chars()).noneMatch(Character::isISOControl);
    }

    /** Logback's own layout is what the lines are held against. */
    @ParameterizedTest
    @ValueSource(strings = {"INFO", "ERROR", "DEBUG"})
    void aLineHasTimeLevelAndMessage(String level) {
        LoggerContext context = new LoggerContext();
        Exception failure = new IllegalStateException("on\npurpose", new IOException());
        LoggingEvent event = new LoggingEvent(
                "", context.getLogger("test"), Level.valueOf(level), "a\t\u007fb {}", failure, new Object[] {"\u00e9"});
        String pattern = "%-5level %replace(%msg){'\\p{Cntrl}', '?'}%n";

        assertThat(line(context, Map.of(), event))
                .isEqualTo(lineOf(context, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} " + pattern, event));
        assertThat(line(context, Map.of("JOURNAL_STREAM", "8:1"), event)).isEqualTo(lineOf(context, pattern, event));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 999, 951_782_400_010L, 1_699_999_999_999L, 1_711_846_800_100L, 4_102_444_799_999L})
    void theTimeOfALineIsThatOfLogback(long millis) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent("", context.getLogger("test"), Level.INFO, "a", null, null);
        event.setTimeStamp(millis);

        assertThat(line(context, Map.of(), event))
                .isEqualTo(lineOf(context, "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %msg%n", event));
    }

    private static String line(LoggerContext context, Map<String, String> environment, LoggingEvent event) {
        return new String(Logging.encoder(context, LogFormat.TEXT, environment).encode(event), StandardCharsets.UTF_8);
    }

    private static String lineOf(LoggerContext context, String pattern, LoggingEvent event) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.start();
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    /** JSON is YAML as well, for which there is a parser here. */
    @Test
    void collectorsFindTheFieldsOfALineUnderTheirNames() {
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent(
                "",
                context.getLogger("test"),
                Level.WARN,
                "refused: \"{}\"",
                new IllegalStateException("on\tpurpose"),
                new Object[] {"C:\\x\ud800"});
        event.setTimeStamp(0);
        event.setThreadName("main");
        event.setKeyValuePairs(List.of(
                new KeyValuePair("event", "client_refused"),
                new KeyValuePair("client", 7L),
                new KeyValuePair("user", "guest"),
                new KeyValuePair("vhost", null),
                new KeyValuePair("address", "127.0.0.1:5"),
                new KeyValuePair("code", 403)));

        String line =
                new String(Logging.encoder(context, LogFormat.ECS, Map.of()).encode(event), StandardCharsets.UTF_8);
        Map<String, Object> fields = new Yaml(new SafeConstructor(new LoaderOptions())).load(line);

        assertThat(fields)
                .containsEntry("@timestamp", "1970-01-01T00:00:00.000Z")
                .containsEntry("log.level", "WARN")
                .containsEntry("message", "refused: \"C:\\x\ud800\"")
                .containsEntry("ecs.version", "8.11.0")
                .containsEntry("log.logger", "test")
                .containsEntry("process.thread.name", "main")
                .containsEntry("event.action", "client_refused")
                .containsEntry("amqproxy.client", 7)
                .containsEntry("user.name", "guest")
                .containsEntry("client.address", "127.0.0.1:5")
                .containsEntry("amqproxy.code", 403)
                .containsEntry("error.type", "java.lang.IllegalStateException")
                .containsEntry("error.message", "on\tpurpose")
                .doesNotContainKey("amqproxy.vhost");
        assertThat((String) fields.get("error.stack_trace")).contains("\n\tat ");
        assertThat(fields.values()).noneMatch(value -> value instanceof Map);
    }
}
