package io.amqproxy.program;

import java.util.List;
import java.util.stream.Collectors;

/** The manual's page of the program, from the table of options, in the language of {@code man(7)}. */
final class ManPage {

    private static final String HEAD = """
            .TH AMQPROXY 1 "" "AmqProxy" "User Commands"
            .SH NAME
            amqproxy \\- pooling proxy for AMQP 0\\-9\\-1 and 1.0
            .SH SYNOPSIS
            .B amqproxy
            .RI [ options ]
            .RI [ upstream ]
            .SH DESCRIPTION
            Clients connect to it as to a broker. It keeps connections and channels to the real broker open, and lends
            them to one client after the other. Each client logs in with its own user and password.
            .PP
            The command line beats the environment, which beats the file. Times are seconds, or a number with
            .BR ms ,
            .BR s ,
            .BR m ,
            .B h
            or
            .BR d ;
            sizes are bytes, or a number with
            .BR k ,
            .B M
            or
            .BR G .
            An empty variable counts as not set.
            .SH OPTIONS
            .TP
            .BR \\-c ", " \\-\\-config " \\fIfile\\fR"
            The file to read: [section], key = value, and lines of comment that begin with ; or #.
            .TP
            .B \\-\\-check
            Check the configuration and end, with status 0 if it is valid and 2 if not.
            .TP
            .B \\-\\-archive \\fIfile\\fR
            Write an archive of the program's classes to this file, and end. The program starts in about half of the time
            when Java is told \\-XX:SharedArchiveFile=\\fIfile\\fR, until the jar or Java changes.
            .TP
            .BR \\-d ", " \\-\\-debug
            Short for \\-\\-log\\-level debug.
            .TP
            .BR \\-h ", " \\-\\-help
            Show help and end.
            .TP
            .BR \\-v ", " \\-\\-version
            Show the version and end.
            """;

    private static final String FOOT = """
            .SH SIGNALS
            .TP
            .B TERM, INT
            The program ends in order: after the lame\\-duck time no more clients are taken, and those that are connected
            may finish. A second one ends it at once.
            .TP
            .B HUP
            The file is read again. What can change without a restart is taken over, and the log says what cannot.
            .SH EXIT STATUS
            0 after TERM or INT and the drain; 1 if it could not listen, failed or was ended at once; 2 if the arguments
            or the configuration are wrong; 3 if Java ran out of memory.
            .SH FILES
            .TP
            .I /etc/amqproxy/amqproxy.ini
            The configuration of the service, where the Debian package is installed.
            .TP
            .I /etc/amqproxy/environment
            Variables of the service, readable by root only, as for secrets. It need not be there.
            .SH EXAMPLES
            .TP
            amqproxy \\-p 5673 amqp://broker.example
            Listens on port 5673 of this machine only, in front of a broker.
            .TP
            amqproxy \\-\\-check \\-c /etc/amqproxy/amqproxy.ini
            Says what is wrong with a configuration.
            .SH SEE ALSO
            .BR rabbitmq\\-server (8),
            .BR systemd.service (5)
            """;

    private ManPage() {}

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        Options.GROUPS.forEach((title, options) -> {
            text.append(".SS ").append(escaped(title)).append('\n');
            options.forEach(option -> text.append(entry(option)));
        });
        return text.append(FOOT).toString();
    }

    private static String entry(Option<?> option) {
        String value = "\\fI" + escaped(option.unit()) + "\\fR";
        String names = option.flags().isEmpty()
                ? "\\fI" + escaped(option.name()) + "\\fR"
                : option.flags().stream()
                                .map(flag -> "\\fB" + escaped(flag) + "\\fR")
                                .collect(Collectors.joining(", "))
                        + ' '
                        + value;
        List<String> facts = List.of(
                "Default: " + option.fallbackText() + '.',
                "Environment: " + String.join(", ", option.variables()) + '.',
                "File: [" + option.section() + "] " + option.keys().get(0) + '.',
                option.isReloadable() ? "HUP takes it over." : "Needs a restart.");
        return ".TP\n" + names + '\n' + escaped(option.description()) + "\n.br\n" + escaped(String.join(" ", facts))
                + '\n';
    }

    /** Hyphens are to be copied as they are, and no line may begin as a request would. */
    private static String escaped(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
