package io.amqproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds Node's libraries. There are no packages of them in Debian or Maven Central, so npm installs the versions that
 * {@code foreign/node/package-lock.json} pins, with their checksums, where the user has not installed one.
 */
final class NodeModules {

    private static final Path DIRECTORY = Path.of("target", "foreign-node");
    private static final Duration INSTALL_LIMIT = Duration.ofMinutes(5);

    private NodeModules() {}

    static synchronized Optional<Interpreter> find(String library) {
        Interpreter users = new Interpreter(List.of("node"), Map.of());
        Interpreter ours = new Interpreter(
                List.of("node"),
                Map.of(
                        "NODE_PATH",
                        DIRECTORY.resolve("node_modules").toAbsolutePath().toString()));
        if (works(users, library)) {
            return Optional.of(users);
        }
        return works(ours, library) || (install() && works(ours, library)) ? Optional.of(ours) : Optional.empty();
    }

    private static boolean works(Interpreter node, String library) {
        return Processes.succeeds(node.process("-e", "require('" + library + "')"), INSTALL_LIMIT);
    }

    private static boolean install() {
        try {
            Files.createDirectories(DIRECTORY);
            ForeignClient.copyResource("node/package.json", DIRECTORY);
            ForeignClient.copyResource("node/package-lock.json", DIRECTORY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ProcessBuilder npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        return Processes.succeeds(npm.directory(DIRECTORY.toFile()), INSTALL_LIMIT);
    }
}
