package io.amqproxy.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A private node of an installed RabbitMQ: own data, own ports on the loopback interface, no plugins; it starts in five
 * to ten seconds and any user may start it.
 *
 * <p>Its name service, {@code epmd}, is private too, so that none stays behind. Both end by themselves if this JVM
 * vanishes without {@link #close()}, as their standard input ends then.
 */
public final class RabbitNode implements BrokerNode, AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final byte[] PROTOCOL_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    /** Where packages put the scripts that run as the caller; those on the PATH may insist on a user of their own. */
    private static final List<Path> SCRIPT_DIRECTORIES = List.of(
            Path.of("/usr/lib/rabbitmq/bin"),
            Path.of("/opt/homebrew/opt/rabbitmq/sbin"),
            Path.of("/usr/local/opt/rabbitmq/sbin"));

    private static final String EPMD_UNTIL_INPUT_ENDS =
            "epmd -address 127.0.0.1 -port \"$0\" & pid=$!; read -r line; kill \"$pid\"; wait \"$pid\"";

    private final Path scripts;
    private final Path directory;
    private final Map<String, String> environment;
    private final Login login;
    private final Process epmd;
    private final Process server;
    private final Erlang erlang;

    private RabbitNode(Path scripts, Path directory, List<String> settings) throws IOException {
        int port = Ports.free();
        int epmdPort = Ports.free();
        this.scripts = scripts;
        this.directory = directory;
        this.login = Login.guest(port);
        this.environment = environment(directory, port, epmdPort);
        Files.createDirectory(directory.resolve("home"));
        Files.writeString(directory.resolve("enabled_plugins"), "[].");
        Files.write(directory.resolve("rabbitmq.conf"), configuration(port, settings));
        this.epmd = new ProcessBuilder("sh", "-c", EPMD_UNTIL_INPUT_ENDS, Integer.toString(epmdPort)).start();
        ProcessBuilder builder =
                new ProcessBuilder(scripts.resolve("rabbitmq-server").toString());
        builder.environment().putAll(environment);
        this.server =
                builder.directory(directory.toFile()).redirectErrorStream(true).start();
        this.erlang = new Erlang(server);
    }

    /** Whether a RabbitMQ is installed that a private node can be made of. */
    public static boolean isInstalled() {
        return scripts().isPresent();
    }

    /**
     * Starts a node and waits until it serves.
     *
     * @param settings lines for its {@code rabbitmq.conf}, like {@code heartbeat = 1}
     * @throws IllegalStateException if none is installed or the start fails; the message has the node's output
     */
    public static RabbitNode start(String... settings) {
        Path scripts = scripts().orElseThrow(() -> new IllegalStateException("No rabbitmq-server is installed"));
        Path directory = TempFiles.createDirectory("rabbitmq");
        try {
            RabbitNode node = new RabbitNode(scripts, directory, List.of(settings));
            node.awaitStartup();
            return node;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Login login() {
        return login;
    }

    @Override
    public String ctl(String... arguments) {
        ProcessBuilder builder =
                new ProcessBuilder(scripts.resolve("rabbitmqctl").toString(), "-q");
        builder.command().addAll(List.of(arguments));
        builder.environment().putAll(environment);
        Processes.Output output = Processes.run(builder, START_LIMIT);
        if (output.exitCode() != 0) {
            throw new IllegalStateException("rabbitmqctl %s: exit code %d%n%s%s"
                    .formatted(String.join(" ", arguments), output.exitCode(), output.text(), output.errors()));
        }
        return output.text();
    }

    @Override
    public String eval(String expression) {
        return erlang.eval(expression);
    }

    /** What the node has logged so far. */
    public String log() {
        try (Stream<Path> files = Files.list(directory.resolve("log"))) {
            StringBuilder text = new StringBuilder();
            for (Path file : files.sorted().toList()) {
                text.append(Files.readString(file));
            }
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The processes of this node: the server, its helpers and its name service. */
    List<ProcessHandle> processes() {
        return Stream.of(server, epmd)
                .map(Process::toHandle)
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .toList();
    }

    /** Kills the node, as a power failure would, and deletes its data. */
    @Override
    public void close() {
        Processes.end(server.toHandle());
        Processes.endByInput(epmd);
        TempFiles.delete(directory);
    }

    private void awaitStartup() {
        try {
            Await.until("RabbitMQ answers", START_LIMIT, () -> {
                if (!server.isAlive()) {
                    throw new IllegalStateException("RabbitMQ ended with exit code " + server.exitValue());
                }
                return greets();
            });
            ctl("await_startup", "--timeout", Long.toString(START_LIMIT.toSeconds()));
        } catch (RuntimeException | AssertionError e) {
            String output = erlang.output();
            close();
            throw new IllegalStateException("RabbitMQ did not start\n" + output, e);
        }
    }

    /** Whether the broker answers the protocol header, and not just the kernel the connection. */
    private boolean greets() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), login.port())) {
            socket.setSoTimeout((int) START_LIMIT.toMillis());
            socket.getOutputStream().write(PROTOCOL_HEADER);
            InputStream answer = socket.getInputStream();
            return answer.read() == 1; // The frame type of connection.start.
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<Path> scripts() {
        return SCRIPT_DIRECTORIES.stream()
                .filter(directory -> Files.isExecutable(directory.resolve("rabbitmq-server")))
                .findFirst();
    }

    private static List<String> configuration(int port, List<String> settings) {
        List<String> lines = new ArrayList<>();
        lines.add("listeners.tcp.1 = 127.0.0.1:" + port);
        lines.add("loopback_users = none");
        lines.add("log.console = false");
        lines.add("disk_free_limit.absolute = 10MB");
        lines.addAll(settings);
        return lines;
    }

    private static Map<String, String> environment(Path directory, int port, int epmdPort) {
        String loopbackOnly = "-kernel inet_dist_use_interface {127,0,0,1}";
        String ctlPort = Integer.toString(Ports.free());
        return Map.ofEntries(
                Map.entry("HOME", directory.resolve("home").toString()),
                Map.entry("LC_ALL", "C.UTF-8"),
                Map.entry("ERL_EPMD_PORT", Integer.toString(epmdPort)),
                Map.entry("RABBITMQ_NODENAME", "amqproxy-" + port + "@localhost"),
                Map.entry("RABBITMQ_DIST_PORT", Integer.toString(Ports.free())),
                Map.entry("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString()),
                Map.entry("RABBITMQ_LOG_BASE", directory.resolve("log").toString()),
                Map.entry("RABBITMQ_PID_FILE", directory.resolve("pid").toString()),
                Map.entry(
                        "RABBITMQ_CONFIG_FILE",
                        directory.resolve("rabbitmq.conf").toString()),
                Map.entry(
                        "RABBITMQ_CONF_ENV_FILE",
                        directory.resolve("no-env.conf").toString()),
                Map.entry(
                        "RABBITMQ_ADVANCED_CONFIG_FILE",
                        directory.resolve("no-advanced.config").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        directory.resolve("enabled_plugins").toString()),
                Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopbackOnly),
                Map.entry("RABBITMQ_CTL_ERL_ARGS", loopbackOnly),
                Map.entry("RABBITMQ_CTL_DIST_PORT_MIN", ctlPort),
                Map.entry("RABBITMQ_CTL_DIST_PORT_MAX", Integer.toString(Integer.parseInt(ctlPort) + 10)),
                // The script then becomes the server, instead of staying as its parent, and the Erlang shell is open.
                Map.entry("RABBITMQ_ALLOW_INPUT", "true"));
    }
}
