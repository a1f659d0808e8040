package io.amqproxy.program;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.help.OptionFormatter;
import org.apache.commons.cli.help.TextHelpAppendable;
import org.apache.commons.cli.help.TextStyle;

/** The text of {@code --help}: all options by what they are about, with the units of their values. */
final class Help {

    private static final int WIDTH = 100;
    private static final int COLUMN = 8;

    private final PrintWriter writer;
    private final TextHelpAppendable text;

    private Help(PrintWriter writer) {
        this.writer = writer;
        text = new TextHelpAppendable(writer);
    }

    static void print(PrintWriter writer) {
        try {
            new Help(writer).print();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // A PrintWriter throws none.
        }
        writer.flush();
    }

    private void print() throws IOException {
        writer.println("Usage: amqproxy [OPTIONS] [<upstream>]");
        wrapped(
                0,
                "A proxy for AMQP 0-9-1 and 1.0 that keeps connections and channels to a broker open for short-lived"
                        + " clients.");
        writer.println();
        for (io.amqproxy.program.Option<?> setting : Options.ALL) {
            if (setting.flags().isEmpty()) {
                entry("      <" + setting.name() + '>', Arguments.help(setting));
            }
        }
        for (Option option : Arguments.notSettings()) {
            entry(names(option), option.getDescription());
        }
        for (var group : Options.GROUPS.entrySet()) {
            group(group.getKey(), group.getValue());
        }
        writer.println();
        writer.println("Exit status:");
        writer.println("  0   ended by TERM or INT, after the drain");
        writer.println("  1   could not listen, failed, or was ended at once");
        writer.println("  2   the arguments or the configuration are wrong");
        writer.println();
        wrapped(
                0,
                "A time is a number of seconds, or one with ms, s, m, h or d; a size is a number of bytes, or one with"
                        + " k, M or G. A command line beats the environment, which beats the file. TERM and INT end the"
                        + " program in order, a second one at once; HUP reads the file again.");
    }

    private void group(String title, List<io.amqproxy.program.Option<?>> settings) throws IOException {
        writer.println();
        writer.println(title + ':');
        for (io.amqproxy.program.Option<?> setting : settings) {
            if (!setting.flags().isEmpty()) {
                entry(names(Arguments.option(setting)), Arguments.help(setting));
            }
        }
    }

    private void entry(String names, String description) throws IOException {
        writer.println(names);
        wrapped(COLUMN, description);
    }

    private void wrapped(int column, String line) throws IOException {
        text.printWrapped(
                line,
                TextStyle.builder()
                        .setLeftPad(column)
                        .setMaxWidth(WIDTH - column)
                        .get());
    }

    private static String names(Option option) {
        OptionFormatter names = OptionFormatter.from(option);
        String both = option.getOpt() == null ? "    " + names.getLongOpt() : names.getBothOpt();
        return "  " + (option.hasArg() ? both + '=' + names.getArgName() : both);
    }
}
