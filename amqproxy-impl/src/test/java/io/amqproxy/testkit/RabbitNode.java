package io.amqproxy.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A private node of an installed RabbitMQ: own data, own ports on the loopback interface, no plugins unless asked for;
 * it starts in five to ten seconds and any user may start it.
 *
 * <p>Its name service, {@code epmd}, is private too, so that none stays behind. Both end by themselves if this JVM
 * vanishes without {@link #close()}, as their standard input ends then.
 */
public final class RabbitNode implements BrokerNode, AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofMinutes(5);
    /** Of these {@code rabbitmqctl} takes one that is free. */
    private static final int CTL_PORTS = 11;

    private static final String TLS_PORT = "<tls-port>";
    private static final byte[] PROTOCOL_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final byte[] PROXY_HEADER =
            "PROXY TCP4 127.0.0.1 127.0.0.1 1024 5672\r\n".getBytes(StandardCharsets.US_ASCII);
    /** A setting of a node that takes connections with a header of the PROXY protocol only. */
    public static final String BEHIND_PROXY = "proxy_protocol = true";

    private final RabbitInstallation installation;
    private final Path directory;
    private final Map<String, String> environment;
    private final Login login;
    private final int tlsPort;
    private final boolean behindProxy;
    private final NameService names;
    private final boolean sharesNames;
    private Process server;
    private Erlang erlang;

    private RabbitNode(
            RabbitInstallation installation, Path directory, Place place, List<String> plugins, List<String> settings)
            throws IOException {
        this.installation = installation;
        this.directory = directory;
        this.login = Login.guest(place.port);
        this.tlsPort = Ports.free();
        this.behindProxy = settings.contains(BEHIND_PROXY);
        this.sharesNames = place.names != null;
        this.names = place.names == null ? new NameService() : place.names;
        this.environment = environment(installation, directory, place.port, names.port());
        Path home = Files.createDirectory(directory.resolve("home"));
        if (place.cookie != null) {
            Path cookie = Files.writeString(home.resolve(".erlang.cookie"), place.cookie);
            Files.setPosixFilePermissions(cookie, PosixFilePermissions.fromString("r--------"));
        }
        Files.writeString(directory.resolve("enabled_plugins"), "[" + String.join(",", plugins) + "].");
        Files.write(directory.resolve("rabbitmq.conf"), configuration(place.port, tlsPort, settings));
        this.server = launch();
        this.erlang = new Erlang(server);
    }

    /**
     * Where a node is.
     *
     * @param port its AMQP port, which its name is made of
     * @param names the name service of its cluster, or null for one of its own
     * @param cookie what the nodes of a cluster know each other by, or null for one that nobody else knows
     */
    record Place(
            int port, @Nullable NameService names, @Nullable String cookie) {

        String nodeName() {
            return "amqproxy-" + port + "@localhost";
        }
    }

    private Process launch() throws IOException {
        ProcessBuilder builder = installation.process("rabbitmq-server");
        builder.environment().putAll(environment);
        return builder.directory(directory.toFile()).redirectErrorStream(true).start();
    }

    /** Whether a RabbitMQ is installed that a private node can be made of. */
    public static boolean isInstalled() {
        return RabbitInstallation.ofSystem().isPresent();
    }

    /**
     * Starts a node and waits until it serves.
     *
     * @param settings lines for its {@code rabbitmq.conf}, like {@code heartbeat = 1}
     * @throws IllegalStateException if none is installed or the start fails; the message has the node's output
     */
    public static RabbitNode start(String... settings) {
        return startWith(List.of(), settings);
    }

    /** The same with plugins. */
    public static RabbitNode startWith(List<String> plugins, String... settings) {
        return start(new Place(Ports.free(), null, null), plugins, List.of(settings));
    }

    static RabbitNode start(Place place, List<String> plugins, List<String> settings) {
        RabbitInstallation installation = RabbitInstallation.ofSystem()
                .orElseThrow(() -> new IllegalStateException("No rabbitmq-server is installed"));
        return start(installation, place, plugins, settings);
    }

    static RabbitNode start(RabbitInstallation installation, Place place, List<String> plugins, List<String> settings) {
        Path directory = installation.createDirectory();
        try {
            RabbitNode node = new RabbitNode(installation, directory, place, plugins, settings);
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

    /** The port for TLS; it is listened on where {@link #tlsSettings} are among the node's settings. */
    public int tlsPort() {
        return tlsPort;
    }

    /** Settings for a node that speaks TLS, and asks clients for a certificate without insisting. */
    public static List<String> tlsSettings(Path authorities, Path certificate, Path key) {
        return List.of(
                "listeners.ssl.1 = 127.0.0.1:" + TLS_PORT,
                "ssl_options.cacertfile = " + authorities,
                "ssl_options.certfile = " + certificate,
                "ssl_options.keyfile = " + key,
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = false");
    }

    @Override
    public String ctl(String... arguments) {
        ProcessBuilder builder = installation.process("rabbitmqctl", "-q");
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

    /** Kills the node, as a power failure would; its data stays, for {@link #startAgain()}. */
    public void kill() {
        Processes.end(server.toHandle());
    }

    /** Starts a node that was killed, at the same port, and waits until it serves. */
    public void startAgain() {
        try {
            server = launch();
            erlang = new Erlang(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitStartup();
    }

    /** Stops the node's process where it stands: its sockets stay open, and nothing is answered. */
    public void freeze() {
        Processes.signal(server.toHandle(), "STOP");
    }

    /** Ends {@link #freeze()}. */
    public void thaw() {
        Processes.signal(server.toHandle(), "CONT");
    }

    /** The processes of this node: the server, its helpers and its name service. */
    List<ProcessHandle> processes() {
        return Stream.of(server.toHandle(), names.process())
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .toList();
    }

    /** Kills the node, as a power failure would, and deletes its data. */
    @Override
    public void close() {
        Processes.end(server.toHandle());
        if (!sharesNames) {
            names.close();
        }
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
            socket.getOutputStream().write(behindProxy ? PROXY_HEADER : new byte[0]);
            socket.getOutputStream().write(PROTOCOL_HEADER);
            InputStream answer = socket.getInputStream();
            return answer.read() == 1; // The frame type of connection.start.
        } catch (IOException e) {
            return false;
        }
    }

    private static List<String> configuration(int port, int tlsPort, List<String> settings) {
        List<String> lines = new ArrayList<>();
        lines.add("listeners.tcp.1 = 127.0.0.1:" + port);
        lines.add("loopback_users = none");
        lines.add("log.console = false");
        lines.add("disk_free_limit.absolute = 10MB");
        settings.forEach(line -> lines.add(line.replace(TLS_PORT, Integer.toString(tlsPort))));
        return lines;
    }

    private static Map<String, String> environment(
            RabbitInstallation installation, Path outside, int port, int epmdPort) {
        Path directory = Path.of(installation.inside(outside));
        String loopbackOnly = "-kernel inet_dist_use_interface {127,0,0,1}";
        int ctlPort = Ports.free(CTL_PORTS);
        return Map.ofEntries(
                Map.entry("HOME", directory.resolve("home").toString()),
                Map.entry("LC_ALL", "C.UTF-8"),
                Map.entry("ERL_EPMD_PORT", Integer.toString(epmdPort)),
                Map.entry("RABBITMQ_NODENAME", new Place(port, null, null).nodeName()),
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
                Map.entry("RABBITMQ_CTL_DIST_PORT_MIN", Integer.toString(ctlPort)),
                Map.entry("RABBITMQ_CTL_DIST_PORT_MAX", Integer.toString(ctlPort + CTL_PORTS - 1)),
                // The script then becomes the server, instead of staying as its parent, and the Erlang shell is open.
                Map.entry("RABBITMQ_ALLOW_INPUT", "true"));
    }
}
