package io.amqproxy.program;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The command line. The values it has go to {@link Configuration} as they are; {@link Program} does the rest. */
public final class Main {

    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter err;

    Main(Map<String, String> environment, PrintWriter out, PrintWriter err) {
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /**
     * Runs the program.
     *
     * @param args see {@code --help}
     */
    @SuppressWarnings("DefaultCharset") // What these streams have is the terminal's.
    public static void main(String[] args) {
        LogProvider.announce();
        ResolverCache.shorten(); // Before the warm-up, which looks up this machine's name.
        WarmUp.begin(args);
        PrintWriter err = new PrintWriter(System.err, true);
        int status = ExitStatus.FAILED;
        try {
            status = new Main(System.getenv(), new PrintWriter(System.out, true), err).run(args);
        } catch (InterruptedException | RuntimeException e) {
            e.printStackTrace(err);
        }
        System.exit(status);
    }

    /** {@return the exit status, when all is over} */
    int run(String... args) throws InterruptedException {
        Arguments arguments;
        Configuration configuration;
        try {
            arguments = Arguments.parse(args);
            if (arguments.has(Arguments.HELP)) {
                Help.print(out);
                return ExitStatus.OK;
            }
            if (arguments.has(Arguments.VERSION)) {
                out.println("amqproxy " + Program.version());
                return ExitStatus.OK;
            }
            String archive = arguments.value(Arguments.ARCHIVE);
            if (archive != null) {
                return archived(Path.of(archive));
            }
            configuration = read(arguments);
            if (arguments.has(Arguments.CHECK)) {
                configuration.checkFiles();
            }
        } catch (BadConfiguration e) {
            e.problems().forEach(problem -> err.println("amqproxy: " + problem));
            return ExitStatus.USAGE;
        }
        if (arguments.has(Arguments.CHECK)) {
            out.println("amqproxy: the configuration is valid");
            return ExitStatus.OK;
        }
        return new Program(configuration, file(arguments) == null ? null : () -> read(arguments)).run();
    }

    private int archived(Path file) throws InterruptedException {
        try {
            new ClassArchive(file).make();
            return ExitStatus.OK;
        } catch (IOException e) {
            err.println("amqproxy: no archive of classes: " + e.getMessage());
            return ExitStatus.FAILED;
        }
    }

    private Configuration read(Arguments arguments) throws BadConfiguration {
        Map<String, String> values = new HashMap<>();
        for (Option<?> option : Options.ALL) {
            String value = option.flags().isEmpty() ? arguments.argument() : arguments.value(option.name());
            if (value != null) {
                values.put(option.name(), value);
            }
        }
        if (arguments.has(Arguments.DEBUG)) {
            values.putIfAbsent("log-level", "debug");
        }
        return Configuration.of(values, environment, file(arguments));
    }

    private static @Nullable Path file(Arguments arguments) {
        String name = arguments.value(Arguments.CONFIG);
        return name == null ? null : Path.of(name);
    }
}
