package io.amqproxy.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What runs the script of a {@link ForeignClient}.
 *
 * @param command the start of the command, up to the name of the script
 * @param environment what the environment needs in addition
 */
record Interpreter(List<String> command, Map<String, String> environment) {

    private static final Path PHP_AMQPLIB = Path.of("/usr/share/php/PhpAmqpLib/autoload.php");
    private static final Map<ForeignClient, Optional<Interpreter>> FOUND = new EnumMap<>(ForeignClient.class);

    /** The interpreter that has the client's library, if this machine has one; searched for once. */
    static Optional<Interpreter> of(ForeignClient client) {
        synchronized (FOUND) {
            return FOUND.computeIfAbsent(client, Interpreter::find);
        }
    }

    /** A process that has yet to be started, with these arguments. */
    ProcessBuilder process(String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(command.stream(), Stream.of(arguments)).toList());
        builder.environment().putAll(environment);
        return builder;
    }

    private static Optional<Interpreter> find(ForeignClient client) {
        return switch (client) {
            case PIKA -> python("pika");
            case PHP_AMQPLIB -> findPhpAmqplib();
            case PHP_AMQP -> findPhpAmqp();
            case NODE_AMQPLIB -> NodeModules.find("amqplib");
        };
    }

    /** The system's Python, or the first one on the PATH, if it has this module. */
    static Optional<Interpreter> python(String module) {
        return Stream.of("/usr/bin/python3", "python3")
                .filter(python -> Processes.succeeds(python, "-c", "import " + module))
                .findFirst()
                .map(python -> new Interpreter(List.of(python), Map.of()));
    }

    private static Optional<Interpreter> findPhpAmqplib() {
        return Files.exists(PHP_AMQPLIB) && Processes.succeeds("php", "-r", "exit(0);")
                ? Optional.of(new Interpreter(List.of("php"), Map.of("PHP_AMQPLIB_AUTOLOAD", PHP_AMQPLIB.toString())))
                : Optional.empty();
    }

    private static Optional<Interpreter> findPhpAmqp() {
        return Processes.succeeds("php", "-r", "exit(extension_loaded('amqp') ? 0 : 1);")
                ? Optional.of(new Interpreter(List.of("php"), Map.of()))
                : Optional.empty();
    }
}
