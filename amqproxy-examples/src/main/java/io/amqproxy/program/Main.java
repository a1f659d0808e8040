package io.amqproxy.program;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line. The values it has go to {@link Configuration} as they are; {@link Program} does the rest. */
public final class Main implements Callable<Integer> {

    private static final String CONFIG = "--config";
    private static final String CHECK = "--check";
    private static final String DEBUG = "--debug";

    private final Map<String, String> environment;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    private Main(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Runs the program.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        ResolverCache.shorten();
        WarmUp.begin(args);
        System.exit(commandLine(System.getenv()).execute(args));
    }

    static CommandLine commandLine(Map<String, String> environment) {
        Main main = new Main(environment);
        return new CommandLine(main.describe())
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(Main::onWrongArguments);
    }

    private CommandSpec describe() {
        spec.name("amqproxy").versionProvider(new Version());
        spec.usageMessage()
                .description("A proxy for AMQP 0-9-1 and 1.0 that keeps connections and channels to a broker open for"
                        + " short-lived clients.")
                .abbreviateSynopsis(true)
                .sortOptions(false)
                .width(100)
                .footerHeading("%nA command line beats the environment, which beats the file. TERM and INT end the"
                        + " program in order, a second one at once; HUP reads the file again.%n")
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(exitCodes());
        spec.addOption(plain("-c", CONFIG)
                .paramLabel("<file>")
                .type(String.class)
                .description("Read settings from this file.")
                .build());
        spec.addOption(
                plain(CHECK).description("Check the configuration and end.").build());
        spec.addOption(
                plain("-d", DEBUG).description("Short for --log-level debug.").build());
        spec.addOption(plain("-h", "--help")
                .usageHelp(true)
                .description("Show this help and end.")
                .build());
        spec.addOption(plain("-v", "--version")
                .versionHelp(true)
                .description("Show the version and end.")
                .build());
        for (Option<?> option : Options.ALL) {
            if (option.flags().isEmpty()) {
                spec.addPositional(PositionalParamSpec.builder()
                        .paramLabel('<' + option.name() + '>')
                        .type(String.class)
                        .arity("0..1")
                        .description(help(option))
                        .build());
            } else {
                spec.addOption(OptionSpec.builder(option.flags().toArray(new String[0]))
                        .paramLabel("<value>")
                        .type(String.class)
                        .description(help(option))
                        .build());
            }
        }
        return spec;
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "ended by TERM or INT, after the drain");
        codes.put("1", "could not listen, failed, or was ended at once");
        codes.put("2", "the arguments or the configuration are wrong");
        return codes;
    }

    private static OptionSpec.Builder plain(String... names) {
        return OptionSpec.builder(
                names[0], List.of(names).subList(1, names.length).toArray(new String[0]));
    }

    /** A percent sign would be a format to picocli. */
    private static String help(Option<?> option) {
        return (option.description() + " Default: " + option.fallbackText() + ". Environment: "
                        + option.environment().get(0) + '.')
                .replace("%", "%%");
    }

    @Override
    public Integer call() throws InterruptedException {
        ParseResult arguments = spec.commandLine().getParseResult();
        Configuration configuration;
        try {
            configuration = read(arguments);
        } catch (BadConfiguration e) {
            PrintWriter err = spec.commandLine().getErr();
            e.problems().forEach(problem -> err.println("amqproxy: " + problem));
            return ExitCode.USAGE;
        }
        if (arguments.hasMatchedOption(CHECK)) {
            spec.commandLine().getOut().println("amqproxy: the configuration is valid");
            return ExitCode.OK;
        }
        return new Program(configuration, file(arguments) == null ? null : () -> read(arguments)).run();
    }

    private Configuration read(ParseResult arguments) throws BadConfiguration {
        Map<String, String> values = new HashMap<>();
        for (Option<?> option : Options.ALL) {
            String value = option.flags().isEmpty()
                    ? arguments.matchedPositionalValue(0, null)
                    : arguments.matchedOptionValue("--" + option.name(), null);
            if (value != null) {
                values.put(option.name(), value);
            }
        }
        if (arguments.hasMatchedOption(DEBUG)) {
            values.putIfAbsent("log-level", "debug");
        }
        return Configuration.of(values, environment, file(arguments));
    }

    private static @Nullable Path file(ParseResult arguments) {
        String name = arguments.matchedOptionValue(CONFIG, null);
        return name == null ? null : Path.of(name);
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

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"amqproxy " + number()};
        }

        static String number() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "development" : version;
        }
    }
}
