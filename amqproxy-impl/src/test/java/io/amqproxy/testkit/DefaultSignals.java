package io.amqproxy.testkit;

import java.util.List;
import java.util.stream.Stream;

/**
 * Child processes that get the signals HUP, INT and TERM, whatever this process was started with. A signal that was
 * ignored then, as HUP is under {@code nohup} and INT in the background of a shell, is ignored in all children too, and
 * JVMs do not take it.
 */
public final class DefaultSignals {

    private static final List<List<String>> WAYS = List.of(
            List.of("env", "--default-signal=HUP,INT,TERM"),
            List.of("perl", "-e", "$SIG{$_} = 'DEFAULT' for qw(HUP INT TERM); exec {$ARGV[0]} @ARGV or die $!"));

    private static final List<String> WAY = ways().findFirst().orElse(List.of());

    private DefaultSignals() {}

    /** {@return the command, begun so; its process has the same id} Where nothing can do that, as it is. */
    public static List<String> command(List<String> command) {
        return joined(WAY, command);
    }

    /** {@return what can do that here} */
    static Stream<List<String>> ways() {
        return WAYS.stream()
                .filter(way -> Processes.succeeds(joined(way, List.of("true")).toArray(new String[0])));
    }

    static List<String> joined(List<String> way, List<String> command) {
        return Stream.concat(way.stream(), command.stream()).toList();
    }
}
