package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.amqproxy.program.Setup.LogFormat;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
}
