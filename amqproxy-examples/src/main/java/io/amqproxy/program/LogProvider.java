package io.amqproxy.program;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.joran.spi.JoranException;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Logback, set up by {@link LogSetup} at once. Logback itself compares the versions of its jars first, looks for
 * services that could set it up, and takes down how long each of that took, for which the JVM links more than the proxy
 * needs altogether. A file of the operator's is found as logback finds it.
 */
public final class LogProvider implements SLF4JServiceProvider {

    private static final String VERBOSITY = "slf4j.internal.verbosity";
    private static final String API_VERSION = "2.0.99";

    private final LoggerContext context = new LoggerContext();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

    /** Called by SLF4J. */
    public LogProvider() {}

    /**
     * Before anybody asks SLF4J; what the operator has set stays. Of itself SLF4J says nothing but errors: it would
     * tell that it was told, and that it has kept a line for which the log was not set up yet, beside that line.
     */
    static void announce() {
        System.getProperties().putIfAbsent(LoggerFactory.PROVIDER_PROPERTY_KEY, LogProvider.class.getName());
        System.getProperties().putIfAbsent(VERBOSITY, "ERROR");
    }

    @Override
    public void initialize() {
        context.setName(CoreConstants.DEFAULT_CONTEXT_NAME);
        context.setMDCAdapter(mdc);
        if (new LogSetup().configure(context) == ExecutionStatus.INVOKE_NEXT_IF_ANY) {
            readFile();
        }
        context.start();
    }

    private void readFile() {
        try {
            new ContextInitializer(context).autoConfig();
        } catch (JoranException e) {
            System.err.println("amqproxy: the configuration of the log cannot be read: " + e.getMessage());
        }
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return context;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return mdc;
    }

    @Override
    public String getRequestedApiVersion() {
        return API_VERSION;
    }
}
