package io.amqproxy.program;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.amqproxy.program.Setup.LogFormat;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;

/**
 * What logback finds as a service: lines on standard error. A file of the operator's, as logback knows it, goes first,
 * unless {@code logback.configurationFile} is empty; without one no XML is read when the program starts.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

    private static final List<String> FILES = List.of("logback-test.xml", "logback.xml");

    /** Called by {@link java.util.ServiceLoader}. */
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String file = System.getProperty("logback.configurationFile");
        if (file == null ? FILES.stream().anyMatch(LogSetup::isThere) : !file.isEmpty()) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        ConsoleAppender<ILoggingEvent> lines = new ConsoleAppender<>();
        lines.setContext(context);
        lines.setTarget(ConsoleTarget.SystemErr.getName());
        lines.setEncoder(Logging.encoder(context, LogFormat.TEXT, Map.of()));
        lines.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(lines);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static boolean isThere(String file) {
        return LogSetup.class.getClassLoader().getResource(file) != null;
    }
}
