package io.amqproxy.program;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;

/**
 * Lines for people: the time, the level and the message. Logback's own layout by a pattern writes the same, for about a
 * hundred classes more at the start.
 */
final class TextEncoder extends LineEncoder {

    /**
     * Loaded with the first line, by the thread that writes it. A formatter by a pattern writes the same, and takes ten
     * milliseconds of the processor for its first line, which the first client needs.
     */
    private static final class Time {
        private static final ZoneRules ZONE = ZoneId.systemDefault().getRules();
        private static final int MILLIS = 1000;

        private static void append(StringBuilder line, long epochMillis) {
            ZoneOffset offset = ZONE.getOffset(Instant.ofEpochMilli(epochMillis));
            LocalDateTime time = LocalDateTime.ofEpochSecond(Math.floorDiv(epochMillis, MILLIS), 0, offset);
            append(line, time.getYear(), 4, '-');
            append(line, time.getMonthValue(), 2, '-');
            append(line, time.getDayOfMonth(), 2, 'T');
            append(line, time.getHour(), 2, ':');
            append(line, time.getMinute(), 2, ':');
            append(line, time.getSecond(), 2, '.');
            String digits = Integer.toString(Math.floorMod(epochMillis, MILLIS));
            line.append("0".repeat(3 - digits.length())).append(digits);
            line.append(offset.getId()).append(' ');
        }

        private static void append(StringBuilder line, int number, int width, char end) {
            String digits = Integer.toString(number);
            line.append("0".repeat(Math.max(0, width - digits.length())))
                    .append(digits)
                    .append(end);
        }
    }

    private static final int LEVEL_WIDTH = 5;
    private static final char DELETE = 0x7f;

    private final boolean withTime;

    TextEncoder(boolean withTime) {
        this.withTime = withTime;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder();
        if (withTime) {
            Time.append(line, event.getTimeStamp());
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
