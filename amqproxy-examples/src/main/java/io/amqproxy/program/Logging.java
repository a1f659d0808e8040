package io.amqproxy.program;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.amqproxy.program.Setup.LogFormat;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log's level and format. Lines go to standard error; rotating and keeping them is a service manager's work. */
final class Logging {

    private static final Duration END = Duration.ofSeconds(1);

    private Logging() {}

    /** Sets level and format, and has lines written by a thread of their own from then on. */
    static void apply(Level level, LogFormat format, Map<String, String> environment) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
            root.setLevel(level);
            LogQueue queue = queue().orElseGet(() -> queueBefore(root));
            for (Appender<ILoggingEvent> log : queue.logs()) {
                if (log instanceof OutputStreamAppender<ILoggingEvent> stream) {
                    stream.setEncoder(encoder(context, format, environment));
                }
            }
        }
    }

    private static LogQueue queueBefore(ch.qos.logback.classic.Logger root) {
        List<Appender<ILoggingEvent>> logs = new ArrayList<>();
        root.iteratorForAppenders().forEachRemaining(logs::add);
        logs.forEach(root::detachAppender);
        LogQueue queue = new LogQueue(root.getLoggerContext(), logs, new LogFailure(System.err)::look);
        queue.start();
        root.addAppender(queue);
        return queue;
    }

    private static Optional<LogQueue> queue() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            for (var all = context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders(); all.hasNext(); ) {
                if (all.next() instanceof LogQueue queue) {
                    return Optional.of(queue);
                }
            }
        }
        return Optional.empty();
    }

    /** {@return lines that nobody will see, as they could not be written in time} */
    static long dropped() {
        return queue().map(LogQueue::dropped).orElse(0L);
    }

    /** Writes what waits, for a moment. */
    static void end() throws InterruptedException {
        Optional<LogQueue> queue = queue();
        if (queue.isPresent()) {
            queue.get().end(END);
        }
    }

    /** A log that cannot be written is no reason to stop, and only one to tell elsewhere. */
    private static final class LogFailure {
        private final PrintStream err;
        private boolean told;

        private LogFailure(PrintStream err) {
            this.err = err;
        }

        private void look() {
            if (!told && err.checkError()) {
                told = true;
                System.out.println("amqproxy: the log cannot be written (is the disk full?); the proxy goes on");
            }
        }
    }

    /** The journal adds the time itself. */
    static Encoder<ILoggingEvent> encoder(LoggerContext context, LogFormat format, Map<String, String> environment) {
        if (format == LogFormat.ECS) {
            EcsEncoder ecs = new EcsEncoder();
            ecs.setContext(context);
            ecs.start();
            return ecs;
        }
        if (format == LogFormat.JSON) {
            JsonEncoder json = new JsonEncoder();
            json.setContext(context);
            json.setWithSequenceNumber(false);
            json.setWithContext(false);
            json.setWithNanoseconds(false);
            json.setWithMessage(false);
            json.setWithFormattedMessage(true);
            json.setWithArguments(false);
            json.setWithMDC(false);
            json.start();
            return json;
        }
        TextEncoder lines = new TextEncoder(!environment.containsKey("JOURNAL_STREAM"));
        lines.setContext(context);
        lines.start();
        return lines;
    }
}
