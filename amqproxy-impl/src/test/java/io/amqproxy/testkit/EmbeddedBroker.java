package io.amqproxy.testkit;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.qpid.server.SystemLauncher;
import org.apache.qpid.server.SystemLauncherListener;
import org.apache.qpid.server.model.Broker;
import org.apache.qpid.server.model.Port;
import org.apache.qpid.server.model.Queue;
import org.apache.qpid.server.model.SystemConfig;
import org.apache.qpid.server.model.VirtualHostNode;
import org.apache.qpid.server.model.port.AmqpPort;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost;
import org.jspecify.annotations.Nullable;

/**
 * An AMQP 0-9-1 broker in this JVM: Apache Qpid Broker-J, in memory, on a free port of the loopback interface.
 *
 * <p>User {@code guest} with password {@code guest} and virtual host {@code /} always exist. Several brokers can run at
 * the same time.
 *
 * <p>The totals of messages and connections are exact, but the broker counts a message just <em>after</em> it sent the
 * confirm, or the delivery: ask with {@link Await}.
 *
 * <p>It is not RabbitMQ: a connection has at most 256 channels; there is no AMQPLAIN; a wrong password is refused with
 * 530 and an unknown virtual host with 404; and confirms work but are not announced, so that clients that look for the
 * capability, like pika, do not use them.
 */
public final class EmbeddedBroker implements AutoCloseable {

    /** The virtual host that clients call {@code /}. */
    private static final String DEFAULT_NODE = "default";

    private static final String PORT_NAME = "AMQP";
    private static final String TLS_PORT_NAME = "AMQPS";

    private final SystemLauncher launcher;
    private final Broker<?> broker;
    private final AmqpPort<?> port;
    private final @Nullable AmqpPort<?> tlsPort;
    private final Path workDirectory;

    private EmbeddedBroker(SystemLauncher launcher, Broker<?> broker, Path workDirectory) {
        this.launcher = launcher;
        this.broker = broker;
        this.port = (AmqpPort<?>) broker.getChildByName(Port.class, PORT_NAME);
        this.tlsPort = (AmqpPort<?>) broker.getChildByName(Port.class, TLS_PORT_NAME);
        this.workDirectory = workDirectory;
    }

    /** Starts a broker that knows {@code guest} and {@code /} only. */
    public static EmbeddedBroker start() {
        return builder().start();
    }

    /** For a broker with more users or virtual hosts. */
    public static Builder builder() {
        return new Builder();
    }

    /** The port it listens on, at 127.0.0.1. */
    public int port() {
        return port.getBoundPort();
    }

    /**
     * The port it listens on for TLS, at 127.0.0.1.
     *
     * @throws IllegalStateException if it was started without
     */
    public int tlsPort() {
        if (tlsPort == null) {
            throw new IllegalStateException("The broker was started without TLS");
        }
        return tlsPort.getBoundPort();
    }

    /** Where a client connects: user {@code guest}, virtual host {@code /}. */
    public URI uri() {
        return Login.guest(port()).uri();
    }

    /** How many messages clients have published since the start, in all virtual hosts. */
    public long messagesIn() {
        return broker.getMessagesIn();
    }

    /**
     * How many messages were delivered to consumers since the start, in all virtual hosts; not those fetched by get.
     */
    public long messagesOut() {
        return broker.getMessagesOut();
    }

    /** How many messages ever entered this queue of virtual host {@code /}, those already consumed included. */
    public long messagesIn(String queue) {
        return queueOf(queue).getTotalEnqueuedMessages();
    }

    /** How many messages this queue of virtual host {@code /} holds now, unacknowledged ones included. */
    public int queueDepth(String queue) {
        return queueOf(queue).getQueueDepthMessages();
    }

    /** Whether virtual host {@code /} has a queue of this name now. */
    public boolean hasQueue(String queue) {
        return findQueue(queue) != null;
    }

    /** How many TCP connections were accepted since the start, those refused at log-in included. */
    public long connectionsOpened() {
        return port.getTotalConnectionCount() + (tlsPort == null ? 0 : tlsPort.getTotalConnectionCount());
    }

    /** How many TCP connections are open now. */
    public long openConnections() {
        return port.getConnectionCount();
    }

    /** Stops the broker, cuts its connections and deletes its temporary files. */
    @Override
    public void close() {
        launcher.shutdown();
        TempFiles.delete(workDirectory);
    }

    private Queue<?> queueOf(String name) {
        Queue<?> queue = findQueue(name);
        if (queue == null) {
            throw new IllegalArgumentException("No queue '" + name + "' in virtual host '/'");
        }
        return queue;
    }

    private @Nullable Queue<?> findQueue(String name) {
        VirtualHostNode<?> node = broker.getChildByName(VirtualHostNode.class, DEFAULT_NODE);
        return ((QueueManagingVirtualHost<?>) node.getVirtualHost()).getAttainedQueue(name);
    }

    /** Collects users and virtual hosts, then starts the broker. */
    public static final class Builder {

        private final Map<String, String> users = new LinkedHashMap<>(Map.of("guest", "guest"));
        private final List<String> vhosts = new ArrayList<>();
        private String protocols = "\"AMQP_0_9_1\"";
        private String tlsEntries = "";
        private String tlsPortEntry = "";

        private Builder() {}

        /** It speaks AMQP 1.0 too; the plug-in has to be on the class path. */
        public Builder amqp10() {
            protocols += ", \"AMQP_1_0\"";
            return this;
        }

        /** It speaks AMQP 1.0 and nothing else. */
        public Builder amqp10Only() {
            protocols = "\"AMQP_1_0\"";
            return this;
        }

        /** A further user, who may use every virtual host. */
        public Builder user(String name, String password) {
            users.put(name, password);
            return this;
        }

        /** A further virtual host. */
        public Builder vhost(String name) {
            vhosts.add(name);
            return this;
        }

        /** A second port, for TLS, with a certificate and its key from a key store (PKCS #12). */
        public Builder tls(Path keyStore, String password) {
            tlsEntries = """
                    "keystores": [{
                      "name": "own",
                      "type": "FileKeyStore",
                      "keyStoreType": "pkcs12",
                      "storeUrl": %s,
                      "password": %s
                    }],
                    """.formatted(quoted(keyStore.toString()), quoted(password));
            tlsPortEntry = ", " + port(TLS_PORT_NAME, """
                    "transports": ["SSL"],
                    "keyStore": "own",
                    """);
            return this;
        }

        /**
         * Starts the broker, which takes about a second.
         *
         * @throws IllegalStateException if it does not start
         */
        public EmbeddedBroker start() {
            Path directory = TempFiles.createDirectory("qpid");
            ContainerCatcher catcher = new ContainerCatcher();
            SystemLauncher launcher = new SystemLauncher(catcher);
            try {
                Path configuration = directory.resolve("initial-config.json");
                Files.writeString(configuration, configuration());
                launcher.startup(Map.of(
                        SystemConfig.TYPE,
                        "Memory",
                        "initialConfigurationLocation",
                        configuration.toUri().toString(),
                        SystemConfig.STARTUP_LOGGED_TO_SYSTEM_OUT,
                        false,
                        SystemConfig.CONTEXT,
                        Map.of(SystemConfig.QPID_WORK_DIR, directory.toString())));
                Broker<?> broker = (Broker<?>) catcher.system().getContainer();
                return new EmbeddedBroker(launcher, broker, directory);
            } catch (Exception e) {
                launcher.shutdown();
                TempFiles.delete(directory);
                throw new IllegalStateException("The embedded broker did not start", e);
            }
        }

        private String configuration() {
            String userEntries = users.entrySet().stream()
                    .map(user -> "{\"type\": \"managed\", \"name\": %s, \"password\": %s}"
                            .formatted(quoted(user.getKey()), quoted(user.getValue())))
                    .collect(Collectors.joining(", "));
            String hostEntries =
                    vhosts.stream().map(name -> ", " + node(name, false)).collect(Collectors.joining());
            return """
                    {
                      "name": "embedded",
                      "modelVersion": "9.1",
                      "authenticationproviders": [
                        {"name": "plain", "type": "Plain", "secureOnlyMechanisms": [], "users": [%s]}
                      ],
                      %s
                      "ports": [%s%s],
                      "virtualhostnodes": [%s%s]
                    }
                    """.formatted(
                    userEntries, tlsEntries, port(PORT_NAME, ""), tlsPortEntry, node(DEFAULT_NODE, true), hostEntries);
        }

        private String port(String name, String more) {
            return """
                    {
                      "name": "%s",
                      "port": "0",
                      "bindingAddress": "127.0.0.1",
                      "protocols": [%s],
                      %s
                      "authenticationProvider": "plain",
                      "virtualhostaliases": [
                        {"name": "nameAlias", "type": "nameAlias"},
                        {"name": "defaultAlias", "type": "defaultAlias"}
                      ]
                    }""".formatted(name, protocols, more);
        }

        private static String node(String name, boolean isDefault) {
            return """
                    {"name": %s, "type": "Memory", "defaultVirtualHostNode": "%s",
                     "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"}""".formatted(quoted(name), isDefault);
        }

        private static String quoted(String text) {
            return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        }
    }

    /** Remembers the root of the broker's object tree, which the launcher itself does not hand out. */
    private static final class ContainerCatcher extends SystemLauncherListener.DefaultSystemLauncherListener {

        private volatile @Nullable SystemConfig<?> system;

        @Override
        public void onContainerResolve(SystemConfig<?> systemConfig) {
            system = systemConfig;
        }

        SystemConfig<?> system() {
            SystemConfig<?> resolved = system;
            if (resolved == null) {
                throw new IllegalStateException("The broker started without a container");
            }
            return resolved;
        }
    }
}
