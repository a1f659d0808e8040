package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A RabbitMQ on this machine that private nodes can be made of.
 *
 * @param root what its programs take for the root of all files
 * @param command what begins a command that runs there
 * @param scripts where its scripts are, as seen from there: those that run as the caller; the ones on the PATH may
 *     insist on a user of their own
 */
record RabbitInstallation(Path root, List<String> command, Path scripts) {

    private static final List<Path> SCRIPT_DIRECTORIES = List.of(
            Path.of("/usr/lib/rabbitmq/bin"),
            Path.of("/opt/homebrew/opt/rabbitmq/sbin"),
            Path.of("/usr/local/opt/rabbitmq/sbin"));

    /** The one that is installed in the system. */
    static Optional<RabbitInstallation> ofSystem() {
        return SCRIPT_DIRECTORIES.stream()
                .filter(directory -> Files.isExecutable(directory.resolve("rabbitmq-server")))
                .findFirst()
                .map(directory -> new RabbitInstallation(Path.of("/"), List.of(), directory));
    }

    /** One in a folder with a Debian of its own, which {@code .ci/run} makes; only root can run it. */
    static Optional<RabbitInstallation> in(Path folder) {
        Path scripts = SCRIPT_DIRECTORIES.get(0);
        boolean isThere = Files.isExecutable(folder.resolve("." + scripts).resolve("rabbitmq-server"));
        return isThere && Processes.succeeds("chroot", folder.toString(), "/bin/true")
                ? Optional.of(new RabbitInstallation(folder, List.of("chroot", folder.toString()), scripts))
                : Optional.empty();
    }

    /** A new directory that its programs see, which is deleted by the caller. */
    Path createDirectory() {
        if (command.isEmpty()) {
            return TempFiles.createDirectory("rabbitmq");
        }
        try {
            return Files.createTempDirectory(root.resolve("var/lib"), "amqproxy-rabbitmq-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What its programs call a path below the root. */
    String inside(Path path) {
        return command.isEmpty() ? path.toString() : "/" + root.relativize(path);
    }

    ProcessBuilder process(String script, String... arguments) {
        return new ProcessBuilder(
                Stream.of(command.stream(), Stream.of(scripts.resolve(script).toString()), Stream.of(arguments))
                        .flatMap(part -> part)
                        .collect(Collectors.toCollection(ArrayList::new)));
    }
}
