package io.amqproxy.examples;

import io.amqproxy.AmqProxy;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The proxy as a program of its own. Runs until TERM or INT, which drain it. */
@Command(
        name = "amqproxy",
        description =
                "A proxy for AMQP 0-9-1 that keeps connections and channels to a broker open for short-lived clients.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:ended by TERM or INT, after the drain",
            "1:could not listen, or failed",
            "2:the arguments are wrong"
        })
public final class Main implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(Main.class);

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "<address>",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    private String address = "";

    @Option(
            names = {"-p", "--port"},
            paramLabel = "<port>",
            defaultValue = "5673",
            converter = Port.class,
            description = "Port to listen on, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--drain-timeout",
            paramLabel = "<seconds>",
            defaultValue = "10",
            converter = Seconds.class,
            description = "How long clients may take to leave after TERM or INT (default: ${DEFAULT-VALUE}).")
    private Duration drainTimeout = Duration.ZERO;

    @Parameters(
            paramLabel = "<upstream>",
            converter = Upstream.class,
            description =
                    "The broker, as amqp://host or amqp://host:port. User, password and path of the URL are ignored:"
                            + " each client logs in with its own.")
    private AmqProxy.Builder proxyToUpstream = AmqProxy.builder();

    private Main() {}

    /** Runs the program. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setExpandAtFiles(false).setParameterExceptionHandler(Main::onWrongArguments);
    }

    @Override
    public Integer call() throws InterruptedException {
        AmqProxy proxy;
        try {
            proxy = proxyToUpstream.listen(address, port).start();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            System.err.println("amqproxy: cannot listen on " + address + ":" + port + ": " + cause.getMessage());
            return ExitCode.SOFTWARE;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(proxy), "drain"));
        log.info("Ready at {}", proxy.uri());
        new CountDownLatch(1).await(); // The shutdown hook ends the program.
        return ExitCode.OK;
    }

    /**
     * A JVM that ends by a signal reports 128 plus its number, which service managers take for a failure: hence halt.
     */
    private void end(AmqProxy proxy) {
        int status = ExitCode.SOFTWARE;
        try {
            log.info("Draining; clients may take up to {} s", drainTimeout.toSeconds());
            boolean allLeft = proxy.drain(drainTimeout);
            log.info(allLeft ? "Ended; all clients had left" : "Ended; clients that were still here were closed");
            status = ExitCode.OK;
        } catch (RuntimeException e) {
            log.error("The proxy did not end in order", e);
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }

    /**
     * One line. Some of picocli's messages quote the argument, and that may be a URL with a password at a wrong place.
     */
    private static int onWrongArguments(ParameterException problem, String[] args) {
        String message = String.valueOf(problem.getMessage());
        problem.getCommandLine()
                .getErr()
                .println("amqproxy: " + (message.contains("@") ? "unexpected argument" : message) + " (see --help)");
        return ExitCode.USAGE;
    }

    // The messages of these do not repeat the value, for the same reason.

    static final class Port implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return number(value, 65_535, "a port is a number from 0 to 65535");
        }
    }

    static final class Seconds implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            return Duration.ofSeconds(number(value, Integer.MAX_VALUE, "expected a number of seconds, 0 or more"));
        }
    }

    private static int number(String value, int max, String problem) {
        try {
            int number = Integer.parseInt(value);
            if (number >= 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same to the user as a number out of range.
        }
        throw new TypeConversionException(problem);
    }

    /** Only the builder knows which URLs it takes, so the argument becomes a builder. */
    static final class Upstream implements ITypeConverter<AmqProxy.Builder> {
        @Override
        public AmqProxy.Builder convert(String url) {
            try {
                return AmqProxy.builder().upstream(url);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("expected amqp://host or amqp://host:port");
            }
        }
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"amqproxy " + (version == null ? "development" : version)};
        }
    }
}
