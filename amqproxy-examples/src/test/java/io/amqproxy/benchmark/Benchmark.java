package io.amqproxy.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the proxy, and prints the result as Markdown. */
@Command(
        name = "benchmark",
        description = "Measures AmqProxy side by side with a direct connection and with HAProxy.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Benchmark implements Callable<Integer> {

    private static final int AMQP_PORT = 5672;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "<group>",
            description =
                    "Groups to measure: publish, confirm, single, deliver, send, tls, short, latency, pace, gain, idle,"
                            + " start, garbage, scale (default: all).")
    private List<String> only = List.of();

    @Option(
            names = "--match",
            paramLabel = "<regex>",
            description = "Of these, what has this in its name; for example \"128 B x10$\".")
    private String match = "";

    @Option(names = "--rounds", description = "Rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(names = "--seconds", description = "Seconds of one measurement (default: ${DEFAULT-VALUE}).")
    private double seconds = 1;

    @Option(names = "--warm-up", description = "Seconds of each work before its rounds (default: ${DEFAULT-VALUE}).")
    private double warmUp = 4;

    @Option(names = "--quick", description = "Few and short rounds, for a first impression.")
    private boolean quick;

    @Option(names = "--broker", paramLabel = "<host:port>", description = "A broker to use instead of the null broker.")
    private @Nullable String broker;

    @Option(names = "--user", description = "User at that broker (default: ${DEFAULT-VALUE}).")
    private String user = LoginScript.GUEST.user();

    @Option(names = "--password", description = "Password at that broker (default: ${DEFAULT-VALUE}).")
    private String password = LoginScript.GUEST.password();

    @Option(names = "--vhost", description = "Vhost at that broker (default: ${DEFAULT-VALUE}).")
    private String vhost = LoginScript.GUEST.vhost();

    @Option(
            names = "--proxy-classpath",
            paramLabel = "<path>",
            description =
                    "Where the program under test is (default: amqproxy.jar of this build, or else this class path).")
    private @Nullable String proxyClassPath;

    @Option(names = "--proxy-args", paramLabel = "<args>", description = "More arguments for the proxy.")
    private String proxyArguments = "";

    @Option(names = "--jvm-args", paramLabel = "<args>", description = "Arguments for the proxy's JVM.")
    private String jvmArguments = "";

    @Option(names = "--markdown", paramLabel = "<file>", description = "Where to write the table as well.")
    private @Nullable Path markdown;

    @Option(names = "--chart", paramLabel = "<file>", description = "Where to draw the result of the group gain (SVG).")
    private @Nullable Path chart;

    private Benchmark() {}

    /** The program. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Benchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        BenchmarkSetup setup = setup();
        StringBuilder result = new StringBuilder();
        for (Section section : sections()) {
            if (section.isChosen(setup)) {
                setup.log().printf("%n%s%n", section.title());
                String table = "\n## " + section.title() + "\n\n" + section.measure(setup);
                System.out.print(table);
                System.out.flush();
                result.append(table);
                write(result);
            }
        }
        return 0;
    }

    private List<Section> sections() {
        return List.of(
                StreamSection.ofAmqp091(),
                StreamSection.ofAmqp10(),
                new TlsSection(),
                CycleSection.ofAmqp091(),
                CycleSection.ofAmqp10(),
                new GainSection(chart, GainSection.ROUND_TRIPS_MILLIS),
                IdleSection.ofAmqp091(),
                IdleSection.ofAmqp10(),
                new StartSection(),
                new GarbageSection(),
                new ScaleSection());
    }

    /** After each section, since a run takes long. */
    private void write(StringBuilder result) throws IOException {
        if (markdown != null) {
            Files.writeString(markdown, result);
        }
    }

    private BenchmarkSetup setup() throws IOException {
        Plan plan = quick ? Plan.QUICK : Plan.of(rounds, seconds, warmUp);
        LoginScript login = broker == null ? LoginScript.GUEST : new LoginScript(user, password, vhost);
        return new BenchmarkSetup(
                plan,
                Set.copyOf(only),
                Pattern.compile(match).asPredicate(),
                brokerAddress(),
                login,
                program(),
                System.err);
    }

    private @Nullable InetSocketAddress brokerAddress() throws UnknownHostException {
        if (broker == null) {
            return null;
        }
        int colon = broker.lastIndexOf(':');
        String host = colon < 0 ? broker : broker.substring(0, colon);
        int port = colon < 0 ? AMQP_PORT : Integer.parseInt(broker.substring(colon + 1));
        return new InetSocketAddress(InetAddress.getAllByName(host)[0], port);
    }

    private ProxyProgram program() throws IOException {
        ProxyProgram program = ProxyProgram.ofThisClassPath();
        Path jar = Path.of(System.getProperty("amqproxy.jar", "amqproxy.jar"));
        if (proxyClassPath != null) {
            program = ProxyProgram.of(proxyClassPath);
        } else if (Files.exists(jar)) {
            program = ProxyProgram.of(jar.toString());
        }
        return program.with(words(jvmArguments), words(proxyArguments)).withOneLoop();
    }

    private static List<String> words(String arguments) {
        return arguments.isBlank() ? List.of() : List.of(arguments.trim().split("\\s+", -1));
    }
}
