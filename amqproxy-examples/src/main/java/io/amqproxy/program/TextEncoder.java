package io.amqproxy.program;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * Lines for people: the time, the level and the message. Logback's own layout by a pattern writes the same, for about a
 * hundred classes more at the start.
 */
final class TextEncoder extends EncoderBase<ILoggingEvent> {

    /** Loaded with the first line, by the thread that writes it. */
    private static final class Time {
        private static final DateTimeFormatter FORMAT =
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX ").withZone(ZoneId.systemDefault());
    }

    private static final int LEVEL_WIDTH = 5;
    private static final char DELETE = 0x7f;

    private final boolean withTime;

    TextEncoder(boolean withTime) {
        this.withTime = withTime;
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder();
        if (withTime) {
            Time.FORMAT.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
        }
        String level = event.getLevel().toString();
        line.append(level).append(" ".repeat(Math.max(0, LEVEL_WIDTH - level.length()) + 1));
        appendPrintable(line, event.getFormattedMessage());
        line.append(System.lineSeparator());
        IThrowableProxy failure = event.getThrowableProxy();
        if (failure != null) {
            line.append(ThrowableProxyUtil.asString(failure));
        }
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Control characters in a message are nobody's good intention. */
    private static void appendPrintable(StringBuilder line, String message) {
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            line.append(c < ' ' || c == DELETE ? '?' : c);
        }
    }
}
