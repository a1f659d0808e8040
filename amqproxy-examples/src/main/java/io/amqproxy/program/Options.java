package io.amqproxy.program;

import static io.amqproxy.program.OptionType.choice;
import static io.amqproxy.program.OptionType.heartbeat;
import static io.amqproxy.program.OptionType.number;
import static io.amqproxy.program.OptionType.oneOf;
import static io.amqproxy.program.OptionType.positiveTime;
import static io.amqproxy.program.OptionType.size;
import static io.amqproxy.program.OptionType.text;
import static io.amqproxy.program.OptionType.time;
import static io.amqproxy.program.OptionType.timeOrEver;
import static io.amqproxy.program.OptionType.word;
import static io.amqproxy.program.OptionType.words;
import static io.amqproxy.program.OptionType.yesOrNo;

import ch.qos.logback.classic.Level;
import io.amqproxy.CidrSet;
import io.amqproxy.CloseMode;
import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The one table of all settings. The command line, the environment, the configuration file, the help and OPTIONS.md all
 * follow from it. Flags, variables and keys that CloudAMQP's AMQProxy has are the same here.
 */
final class Options {

    private static final int MANY = Integer.MAX_VALUE;
    private static final String LISTEN = "listen";
    private static final String HTTP = "http";

    private static final Option.Setter SETTER = Options::set;
    private static final List<Option<?>> PROGRAM = List.of(
            new Option<>(
                            "upstream",
                            null,
                            words("amqp://host or amqp://host:port, several with commas"),
                            "The broker, amqps://host for TLS; several endpoints with commas. User, password and path"
                                    + " of a URL are ignored: each client logs in with its own.",
                            SETTER)
                    .asArgument()
                    .environment("AMQP_URL", "UPSTREAM")
                    .otherwise("required, unless there are routes"),
            new Option<>(
                            "listen",
                            "127.0.0.1",
                            text("a name or an address"),
                            "Address to listen on; 0.0.0.0 or :: for all interfaces.",
                            SETTER)
                    .flag("-l")
                    .environment("LISTEN_ADDRESS")
                    .file(LISTEN, "address", "bind")
                    .afterRestart(),
            new Option<>("port", "5673", number(0, 65_535), "Port to listen on, 0 for a free one.", SETTER)
                    .flag("-p")
                    .environment("LISTEN_PORT")
                    .file(LISTEN, "port")
                    .afterRestart(),
            new Option<>(
                            "inherited-socket",
                            "none",
                            oneOf(InheritedSocket.class),
                            "Whether clients come by a socket that listens already, as the program's standard input"
                                    + " (<&3 where systemd hands it over): plain instead of --listen and --port, or"
                                    + " tls instead of all three; no other is listened on then.",
                            SETTER)
                    .file(LISTEN, "inherited_socket")
                    .afterRestart(),
            new Option<>(
                            "http-port",
                            "15673",
                            portOrOff(),
                            "Port for /healthz, /readyz, /metrics and the status page, 0 for a free one, off for none.",
                            SETTER)
                    .flag("-b")
                    .environment("HTTP_PORT")
                    .file(HTTP, "port", "listen.http_port")
                    .afterRestart(),
            new Option<>("http-address", null, text("a name or an address"), "Address for the same.", SETTER)
                    .file(HTTP, "address")
                    .otherwise("as --listen")
                    .afterRestart(),
            new Option<>(
                            "http-allow",
                            "127.0.0.0/8, ::1",
                            OptionType.networks("networks separated by commas, as in 127.0.0.0/8, ::1"),
                            "Networks that may see the status page and use its buttons.",
                            SETTER)
                    .file(HTTP, "allow"),
            new Option<>(
                            "http-hosts",
                            null,
                            words("names separated by commas"),
                            "Names by which browsers and scrapers may call the status page and /metrics, besides"
                                    + " addresses and localhost. Others are refused, as they may be a foreign page's (DNS"
                                    + " rebinding).",
                            SETTER)
                    .file(HTTP, "hosts"),
            new Option<>(
                            "http-token",
                            null,
                            word("a text without spaces"),
                            "What the buttons of the status page ask for; without it there are none. "
                                    + TlsOptions.NOT_IN_PUBLIC,
                            SETTER)
                    .file(HTTP, "token"),
            new Option<>(
                            "name",
                            null,
                            text("1 to 100 characters that can be printed"),
                            "The proxy's name, which its log, the names of its threads, metrics and the status page"
                                    + " have.",
                            SETTER)
                    .otherwise("amqproxy-1")
                    .afterRestart(),
            new Option<>(
                            "metrics-pools",
                            "100",
                            number(0, 10_000),
                            "Pools with figures of their own in /metrics; those beyond are added up.",
                            SETTER)
                    .file(HTTP, "metrics_pools")
                    .afterRestart(),
            new Option<>(
                            "log-level",
                            "info",
                            levels(),
                            "What is logged: trace, debug, info, warn, error or none.",
                            SETTER)
                    .environment("LOG_LEVEL")
                    .file(Option.MAIN, "log_level", "listen.log_level"),
            new Option<>(
                    "log-format",
                    "text",
                    oneOf(Setup.LogFormat.class),
                    "How lines of the log look: text, json with the fields of each event, or ecs with the same in flat"
                            + " keys of the Elastic Common Schema.",
                    SETTER),
            new Option<>(
                    "lame-duck",
                    "0",
                    time(),
                    "How long clients are still taken after TERM or INT while /readyz says that none should come, so"
                            + " that load balancers send them elsewhere before the port closes.",
                    SETTER),
            new Option<>(
                            "term-client-close-timeout",
                            "10",
                            time(),
                            "How long clients may take to leave by themselves after TERM or INT before they are"
                                    + " closed.",
                            SETTER)
                    .environment("TERM_CLIENT_CLOSE_TIMEOUT"),
            new Option<>(
                            "term-timeout",
                            "-1",
                            timeOrEver(),
                            "How long the proxy then may take to end in order before it ends at once with status 1; -1"
                                    + " for as long as it needs, which is bounded.",
                            SETTER)
                    .environment("TERM_TIMEOUT"));

    /** The settings of the library, in the order of AmqProxy.Builder. */
    private static final List<Option<?>> PROXY = List.of(
            new Option<>(
                    "endpoint-choice",
                    "ordered",
                    endpointChoices(),
                    "Which of several upstreams new connections go to: ordered for the first that answers, round-robin"
                            + " for one after the other, least-connections for the one with the fewest.",
                    SETTER),
            new Option<>(
                    "upstream-proxy-protocol",
                    "no",
                    yesOrNo(),
                    "Whether the broker, which has to expect that, is told by the PROXY protocol who connects: the"
                            + " client that a connection is opened for (--policy exclusive), or the proxy where many share"
                            + " it.",
                    SETTER),
            new Option<>(
                            "idle-connection-timeout",
                            "60",
                            positiveTime(),
                            "How long an upstream without leases stays open, and an idle channel that nobody needed.",
                            SETTER)
                    .flag("-t")
                    .environment("IDLE_CONNECTION_TIMEOUT"),
            new Option<>(
                            "max-upstream-channels",
                            "65535",
                            number(1, 65_535),
                            "Channels used on one upstream at most; never more than the broker allows.",
                            SETTER)
                    .environment("MAX_UPSTREAM_CHANNELS"),
            new Option<>(
                    "policy",
                    "multiplexed",
                    policies(),
                    "Who shares an upstream: multiplexed for all clients of a pool, spread for the same with consumers"
                            + " spread over the endpoints, exclusive for one at a time.",
                    SETTER),
            new Option<>(
                    "tell-losses",
                    "no",
                    yesOrNo(),
                    "Whether every client is told of a lost connection to the broker, also if nothing of it was at"
                            + " stake.",
                    SETTER),
            new Option<>(
                    "close-mode",
                    "immediate",
                    oneOf(CloseMode.class),
                    "Whether closes are answered immediately, or fenced: when the broker has handled all that was"
                            + " published.",
                    SETTER),
            new Option<>("loops", null, number(1, 64), "Selector threads.", SETTER)
                    .otherwise("half of the processors, 1 to 4")
                    .afterRestart(),
            new Option<>("max-connections", "64", number(1, MANY), "Connections that one pool opens at most.", SETTER),
            new Option<>(
                    "max-total-connections",
                    "0",
                    number(0, MANY),
                    "Connections to the broker of all pools together, which share them fairly; 2 at least, 0 for no"
                            + " limit.",
                    SETTER),
            new Option<>(
                            "connection-name",
                            null,
                            text("a template"),
                            "What connections are called at the broker, with {id}, {host}, {user}, {vhost}, {purpose},"
                                    + " and {client} and {address} of one that is opened for one client. The first"
                                    + " connection of a user logs in before vhost and purpose are known: they are empty"
                                    + " there. What stands in brackets is left out where something in it is empty.",
                            SETTER)
                    .otherwise("as the proxy, or as the client that has a connection of its own"),
            new Option<>(
                    "min-connections",
                    "0",
                    number(0, MANY),
                    "Connections that a pool opens ahead and keeps although they are idle.",
                    SETTER),
            new Option<>(
                    "warm-channels",
                    "0",
                    number(0, MANY),
                    "Channels opened ahead on each shared upstream and kept although they are idle.",
                    SETTER),
            new Option<>(
                    "max-idle-channels",
                    "256",
                    number(0, MANY),
                    "Idle channels that an upstream keeps; more are closed.",
                    SETTER),
            new Option<>(
                    "max-lifetime",
                    "1h",
                    time(),
                    "How long an upstream serves before it is replaced, less a random tenth; 0 for ever.",
                    SETTER),
            new Option<>(
                    "max-channel-age",
                    "10",
                    time(),
                    "How long a channel to the broker serves one client after another; 0 as long as its upstream.",
                    SETTER),
            new Option<>(
                    "credential-ttl",
                    "5m",
                    positiveTime(),
                    "How long a log-in that the broker accepted is believed.",
                    SETTER),
            new Option<>(
                    "acquire-timeout",
                    "10",
                    positiveTime(),
                    "How long a client may wait for an upstream, log-in included; how long the broker may be"
                            + " unreachable before clients are refused.",
                    SETTER),
            new Option<>(
                    "connect-timeout",
                    "5",
                    positiveTime(),
                    "How long connecting to an endpoint of the broker may take, all its addresses together.",
                    SETTER),
            new Option<>("tls-timeout", "5", positiveTime(), "How long TLS with the broker may take then.", SETTER),
            new Option<>(
                    "login-timeout",
                    "5",
                    positiveTime(),
                    "How long the broker may take to answer a log-in, and to open a vhost.",
                    SETTER),
            new Option<>(
                    "close-timeout",
                    "5",
                    positiveTime(),
                    "How long a peer may take to answer the closing of its connection, and each step of the end.",
                    SETTER),
            new Option<>(
                    "handshake-timeout",
                    "10",
                    positiveTime(),
                    "How long a client may take to open its connection.",
                    SETTER),
            new Option<>(
                    "heartbeat",
                    "60",
                    heartbeat(),
                    "Heartbeat offered to clients and asked of the broker; 0 for none.",
                    SETTER),
            new Option<>(
                            "max-clients",
                            null,
                            number(1, MANY),
                            "Clients connected at once; for one more the oldest that has not logged in is closed, or"
                                    + " else the one that connects.",
                            SETTER)
                    .otherwise("100000, or as many as the file descriptors allow"),
            new Option<>(
                    "max-message-size",
                    "128M",
                    size(1, 512L << 20),
                    "The largest message that a client may publish, at most 512M.",
                    SETTER),
            new Option<>(
                    "max-client-backlog",
                    "64M",
                    size(64 << 10, MANY),
                    "Bytes kept for a client that reads slowly, on a shared upstream, before that is not read.",
                    SETTER));

    /** All options by what they are about, in the order in which they are documented. */
    static final Map<String, List<Option<?>>> GROUPS = groups();

    static final List<Option<?>> ALL = all();

    private Options() {}

    /** As {@link Option.Setter} says. */
    private static void set(Setup setup, String option, Object value) {
        switch (option) {
            case "upstream" -> setup.upstream((String[]) value);
            case "listen" -> setup.listenAddress = (String) value;
            case "port" -> setup.listenPort = (int) value;
            case "inherited-socket" -> setup.inherited = (InheritedSocket) value;
            case "http-port" -> setup.httpPort = (int) value;
            case "http-address" -> setup.httpAddress = (String) value;
            case "http-allow" -> setup.httpAllow = (CidrSet) value;
            case "http-hosts" -> setup.httpHosts = (String[]) value;
            case "http-token" -> setup.httpToken = (String) value;
            case "name" -> setup.proxy.name((String) value);
            case "metrics-pools" -> setup.metricsPools = (int) value;
            case "log-level" -> setup.logLevel = (Level) value;
            case "log-format" -> setup.logFormat = (Setup.LogFormat) value;
            case "lame-duck" -> setup.lameDuck = (Duration) value;
            case "term-client-close-timeout" -> setup.clientCloseTimeout = (Duration) value;
            case "term-timeout" -> setup.termTimeout = ((Optional<?>) value).map(Duration.class::cast);
            case "endpoint-choice" -> setup.proxy.endpointChoice((EndpointChoice) value);
            case "upstream-proxy-protocol" -> setup.proxy.upstreamProxyProtocol((boolean) value);
            case "idle-connection-timeout" -> setup.proxy.idleTimeout((Duration) value);
            case "max-upstream-channels" -> setup.proxy.maxChannelsPerConnection((int) value);
            case "policy" -> setup.policy((PoolPolicy) value);
            case "tell-losses" -> setup.tellLosses((boolean) value);
            case "close-mode" -> setup.proxy.closeMode((CloseMode) value);
            case "loops" -> setup.proxy.loops((int) value);
            case "max-connections" -> setup.proxy.maxConnections((int) value);
            case "max-total-connections" -> setup.proxy.maxTotalConnections((int) value);
            case "connection-name" -> setup.proxy.connectionName((String) value);
            case "min-connections" -> setup.proxy.minConnections((int) value);
            case "warm-channels" -> setup.proxy.warmChannels((int) value);
            case "max-idle-channels" -> setup.proxy.maxIdleChannels((int) value);
            case "max-lifetime" -> setup.proxy.maxLifetime((Duration) value);
            case "max-channel-age" -> setup.proxy.maxChannelAge((Duration) value);
            case "credential-ttl" -> setup.proxy.credentialTtl((Duration) value);
            case "acquire-timeout" -> setup.proxy.acquireTimeout((Duration) value);
            case "connect-timeout" -> setup.proxy.connectTimeout((Duration) value);
            case "tls-timeout" -> setup.proxy.tlsTimeout((Duration) value);
            case "login-timeout" -> setup.proxy.loginTimeout((Duration) value);
            case "close-timeout" -> setup.proxy.closeTimeout((Duration) value);
            case "handshake-timeout" -> setup.proxy.handshakeTimeout((Duration) value);
            case "heartbeat" -> setup.proxy.heartbeat((Duration) value);
            case "max-clients" -> setup.maxClients((int) value);
            case "max-message-size" -> setup.proxy.maxMessageSize((long) value);
            case "max-client-backlog" -> setup.proxy.maxClientBacklog(Math.toIntExact((long) value));
            default -> throw new IllegalStateException(option);
        }
    }

    private static List<Option<?>> all() {
        List<Option<?>> all = new ArrayList<>();
        for (List<Option<?>> group : GROUPS.values()) {
            all.addAll(group);
        }
        return List.copyOf(all);
    }

    private static Map<String, List<Option<?>>> groups() {
        Map<String, List<Option<?>>> groups = new LinkedHashMap<>();
        groups.put("The program", PROGRAM);
        groups.put("TLS", TlsOptions.ALL);
        groups.put("Connections, channels and times", PROXY);
        groups.put("Limits", LimitOptions.ALL);
        return groups;
    }

    /** {@return the option that has this key in this section of the file} */
    static Optional<Option<?>> byKey(String section, String key) {
        return ALL.stream().filter(option -> option.isKey(section, key)).findFirst();
    }

    /** {@return whether the file may have a section of this name} */
    static boolean isSection(String name) {
        return ALL.stream().anyMatch(option -> option.section().equals(name));
    }

    /** The names of other products' levels are taken as well. */
    private static OptionType<Level> levels() {
        Map<String, Level> levels = new HashMap<>();
        Arrays.asList(Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR)
                .forEach(level -> levels.put(level.toString().toLowerCase(Locale.ROOT), level));
        levels.put("notice", Level.INFO);
        levels.put("fatal", Level.ERROR);
        levels.put("none", Level.OFF);
        return choice(levels, "trace, debug, info, warn, error or none");
    }

    private static OptionType<Integer> portOrOff() {
        OptionType<Integer> ports = number(0, 65_535);
        return new OptionType<>(
                "a port from 0 to 65535, or off", text -> text.equals("off") ? Setup.NO_HTTP : ports.parse(text));
    }

    static OptionType<EndpointChoice> endpointChoices() {
        return choice(
                Map.of(
                        "ordered",
                        EndpointChoice.ordered(),
                        "round-robin",
                        EndpointChoice.roundRobin(),
                        "least-connections",
                        EndpointChoice.leastConnections()),
                "ordered, round-robin or least-connections");
    }

    static OptionType<PoolPolicy> policies() {
        return choice(
                Map.of(
                        "multiplexed",
                        PoolPolicy.multiplexed(),
                        "spread",
                        PoolPolicy.spread(),
                        "exclusive",
                        PoolPolicy.exclusive()),
                "multiplexed, spread or exclusive");
    }
}
