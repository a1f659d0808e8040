package io.amqproxy.program;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.amqproxy.program.common.JsonText;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.event.KeyValuePair;

/**
 * Lines as collectors know them by the Elastic Common Schema: an object with flat keys. A field of a line that the
 * schema has is under its name; others are under {@code amqproxy}, as the schema takes names like {@code client} for
 * objects.
 */
final class EcsEncoder extends LineEncoder {

    private static final String VERSION = "8.11.0";
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
    private static final Map<String, String> KNOWN =
            Map.of("event", "event.action", "user", "user.name", "address", "client.address");

    @Override
    public byte[] encode(ILoggingEvent event) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("@timestamp", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
        line.put("log.level", event.getLevel().toString());
        line.put("message", event.getFormattedMessage());
        line.put("ecs.version", VERSION);
        line.put("log.logger", event.getLoggerName());
        line.put("process.thread.name", event.getThreadName());
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair field : event.getKeyValuePairs()) {
                if (field.value != null) {
                    line.put(KNOWN.getOrDefault(field.key, "amqproxy." + field.key), field.value);
                }
            }
        }
        IThrowableProxy failure = event.getThrowableProxy();
        if (failure != null) {
            line.put("error.type", failure.getClassName());
            line.put("error.message", String.valueOf(failure.getMessage()));
            line.put("error.stack_trace", ThrowableProxyUtil.asString(failure));
        }
        return (JsonText.of(line) + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    }
}
