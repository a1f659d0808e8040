package io.amqproxy.program;

import static io.amqproxy.program.Options.ALL;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;
import org.jspecify.annotations.Nullable;

/** What a command line says: values of settings as they are, and the few options that are no settings. */
final class Arguments {

    static final String CONFIG = "config";
    static final String CHECK = "check";
    static final String ARCHIVE = "archive";
    static final String DEBUG = "debug";
    static final String HELP = "help";
    static final String VERSION = "version";

    private static final int LONG = 2;

    private final CommandLine line;

    private Arguments(CommandLine line) {
        this.line = line;
    }

    /**
     * @throws BadConfiguration if they are wrong; the message has no value, which might be a secret at a wrong place
     */
    static Arguments parse(String... arguments) throws BadConfiguration {
        Options options = new Options();
        notSettings().forEach(options::addOption);
        for (io.amqproxy.program.Option<?> setting : ALL) {
            if (!setting.flags().isEmpty()) {
                options.addOption(option(setting));
            }
        }
        DefaultParser parser = DefaultParser.builder()
                .setAllowPartialMatching(false)
                .setStripLeadingAndTrailingQuotes(false)
                .get();
        CommandLine line;
        try {
            line = parser.parse(options, arguments);
        } catch (UnrecognizedOptionException e) {
            throw wrong("unknown option " + nameOf(e.getOption()));
        } catch (MissingArgumentException e) {
            throw wrong("--" + e.getOption().getLongOpt() + " needs a value");
        } catch (ParseException e) {
            throw wrong("they cannot be read");
        }
        if (line.getArgList().size() > 1) {
            throw wrong("more than one argument that is no option");
        }
        Set<String> names = new HashSet<>();
        for (Option given : line.getOptions()) {
            if (!names.add(given.getLongOpt())) {
                throw wrong("--" + given.getLongOpt() + " is given more than once");
            }
        }
        return new Arguments(line);
    }

    private static BadConfiguration wrong(String why) {
        return new BadConfiguration(List.of("wrong arguments: " + why + " (see --help)"));
    }

    private static String nameOf(String option) {
        int end = option.indexOf('=');
        String name = end < 0 ? option : option.substring(0, end);
        return name.matches("-{1,2}[a-zA-Z][a-zA-Z-]*") ? name : "";
    }

    /** {@return those that are in no file and no environment, in the order of the help} */
    static List<Option> notSettings() {
        List<Option> options = new ArrayList<>();
        options.add(new Option("c", CONFIG, true, "Read settings from this file."));
        options.get(0).setArgName("file");
        options.add(new Option(null, CHECK, false, "Check the configuration and end."));
        Option archive = new Option(
                null,
                ARCHIVE,
                true,
                "Write an archive of the program's classes to this file, and end. The program starts in about half of"
                        + " the time with -XX:SharedArchiveFile=FILE, until the jar or Java changes.");
        archive.setArgName("file");
        options.add(archive);
        options.add(new Option("d", DEBUG, false, "Short for --log-level debug."));
        options.add(new Option("h", HELP, false, "Show this help and end."));
        options.add(new Option("v", VERSION, false, "Show the version and end."));
        return options;
    }

    /** {@return a setting that the command line has as an option} */
    static Option option(io.amqproxy.program.Option<?> setting) {
        String letter =
                setting.flags().size() < LONG ? null : setting.flags().get(0).substring(1);
        Option option = new Option(letter, setting.name(), true, help(setting));
        option.setArgName(setting.unit());
        return option;
    }

    static String help(io.amqproxy.program.Option<?> setting) {
        return setting.description() + " Default: " + setting.fallbackText() + ". Environment: "
                + setting.environment().get(0) + '.';
    }

    boolean has(String name) {
        return line.hasOption(name);
    }

    /** {@return what an option has as its value, or null} */
    @Nullable
    String value(String name) {
        return line.getOptionValue(name);
    }

    /** {@return the one argument that belongs to no option, or null} */
    @Nullable
    String argument() {
        return line.getArgList().isEmpty() ? null : line.getArgList().get(0);
    }
}
