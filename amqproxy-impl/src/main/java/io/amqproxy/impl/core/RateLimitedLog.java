package io.amqproxy.impl.core;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Lines that peers can cause. Of each kind ten may come at once, and one a second after that; the next line of the kind
 * says how many were left out. A kind is a format, so that there are as many as the code has calls, and nobody's lines
 * are left out for somebody else's. Any thread may write.
 */
public final class RateLimitedLog {

    static final int AT_ONCE = 10;
    static final long APART = TimeUnit.SECONDS.toNanos(1);

    private static final class Kind {
        /** When all lines that came so far are paid for. */
        private long paidAt;

        private long leftOut;
    }

    private final LongSupplier clock;
    private final Map<String, Kind> kinds = new HashMap<>();

    /** @param clock nanoseconds */
    public RateLimitedLog(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * Writes a line, if one is due.
     *
     * @param format a constant, with {} for each argument; one more argument may be an exception
     */
    public void info(Logger log, String format, @Nullable Object... arguments) {
        write(log, Level.INFO, format, arguments);
    }

    /** As {@link #info}. */
    public void debug(Logger log, String format, @Nullable Object... arguments) {
        write(log, Level.DEBUG, format, arguments);
    }

    /** As {@link #info}. */
    public void warn(Logger log, String format, @Nullable Object... arguments) {
        write(log, Level.WARN, format, arguments);
    }

    /** As {@link #info}. */
    public void error(Logger log, String format, @Nullable Object... arguments) {
        write(log, Level.ERROR, format, arguments);
    }

    private void write(Logger log, Level level, String format, @Nullable Object[] arguments) {
        if (!log.isEnabledForLevel(level)) {
            return;
        }
        long leftOut = take(format);
        if (leftOut >= 0) {
            String more = leftOut == 0 ? "" : " (" + leftOut + " lines like this were left out)";
            log.atLevel(level).log(format + more, arguments);
        }
    }

    /** {@return how many lines were left out before this one, or -1 if this one is} */
    private synchronized long take(String format) {
        long now = clock.getAsLong();
        Kind kind = kinds.get(format);
        if (kind == null) {
            kind = new Kind();
            kind.paidAt = now;
            kinds.put(format, kind);
        }
        if (kind.paidAt - now < 0) {
            kind.paidAt = now;
        }
        if (kind.paidAt - now > (AT_ONCE - 1) * APART) {
            kind.leftOut++;
            return -1;
        }
        kind.paidAt += APART;
        long leftOut = kind.leftOut;
        kind.leftOut = 0;
        return leftOut;
    }
}
