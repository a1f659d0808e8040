package io.amqproxy.benchmark;

import io.amqproxy.testkit.Ports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** HAProxy in TCP mode with one thread: a good plain relay, to compare with. */
public final class HaProxy {

    private static final String CONFIGURATION = """
            global
              nbthread 1
              maxconn %d
            defaults
              mode tcp
              timeout connect 10s
              timeout client 1h
              timeout server 1h
            listen broker
              bind 127.0.0.1:%d backlog 4096 %s
              server broker %s:%d %s
            """;
    /** Each connection needs two files, and HAProxy some for itself. */
    private static final int SPARE_FILES = 100;

    private HaProxy() {}

    /** Where the program is, if it is installed. */
    public static Optional<Path> find() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Stream.of(path.split(":", -1)), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, "haproxy"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Started start(Path program, InetSocketAddress broker, long openFiles) throws IOException {
        return start(program, "", broker, "", openFiles);
    }

    /** Ends TLS with this certificate and key, which are in one file. */
    static Started startEndingTls(Path program, Path certificate, InetSocketAddress server) throws IOException {
        return start(program, "ssl crt " + certificate, server, "", OpenFiles.limit());
    }

    /** Begins TLS, and believes every server. */
    static Started startBeginningTls(Path program, InetSocketAddress server) throws IOException {
        return start(program, "", server, "ssl verify none", OpenFiles.limit());
    }

    private static Started start(
            Path program, String bindOptions, InetSocketAddress broker, String serverOptions, long openFiles)
            throws IOException {
        int port = Ports.free();
        Path file = Files.createTempFile("amqproxy-benchmark-", ".cfg");
        try {
            Files.writeString(
                    file,
                    CONFIGURATION.formatted(
                            (openFiles - SPARE_FILES) / 2,
                            port,
                            bindOptions,
                            broker.getAddress().getHostAddress(),
                            broker.getPort(),
                            serverOptions));
            Child child = Child.start("HAProxy", List.of(program.toString(), "-db", "-f", file.toString()), true);
            return Started.await(child, port);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
