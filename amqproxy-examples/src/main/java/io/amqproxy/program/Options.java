package io.amqproxy.program;

import static io.amqproxy.program.Kind.choice;
import static io.amqproxy.program.Kind.number;
import static io.amqproxy.program.Kind.oneOf;
import static io.amqproxy.program.Kind.size;
import static io.amqproxy.program.Kind.text;
import static io.amqproxy.program.Kind.time;
import static io.amqproxy.program.Kind.timeOrEver;
import static io.amqproxy.program.Kind.words;
import static io.amqproxy.program.Kind.yesOrNo;

import ch.qos.logback.classic.Level;
import io.amqproxy.CidrSet;
import io.amqproxy.CloseMode;
import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolPolicy;
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

    private static final List<Option<?>> PROGRAM = List.of(
            new Option<>(
                            "upstream",
                            null,
                            words("amqp://host or amqp://host:port, several with commas"),
                            "The broker, amqps://host for TLS; several endpoints with commas. User, password and path of a URL are"
                                    + " ignored: each client logs in with its own.",
                            Setup::upstream)
                    .asArgument()
                    .environment("AMQP_URL", "UPSTREAM")
                    .otherwise("required, unless there are routes"),
            new Option<>(
                            "listen",
                            "127.0.0.1",
                            text("a name or an address"),
                            "Address to listen on; 0.0.0.0 or :: for all interfaces.",
                            (s, address) -> s.listenAddress = address)
                    .flag("-l")
                    .environment("LISTEN_ADDRESS")
                    .file(LISTEN, "address", "bind")
                    .afterRestart(),
            new Option<>(
                            "port",
                            "5673",
                            number(0, 65_535),
                            "Port to listen on, 0 for a free one.",
                            (s, port) -> s.listenPort = port)
                    .flag("-p")
                    .environment("LISTEN_PORT")
                    .file(LISTEN, "port")
                    .afterRestart(),
            new Option<>(
                            "inherited-socket",
                            "none",
                            oneOf(Setup.InheritedSocket.class),
                            "Whether clients come by a socket that listens already, as the program's standard input"
                                    + " (StandardInput=socket of systemd, or 0<&3): plain instead of --listen and --port, or"
                                    + " tls instead of all three; no other is listened on then.",
                            (s, kind) -> s.inherited = kind)
                    .file(LISTEN, "inherited_socket")
                    .afterRestart(),
            new Option<>(
                            "http-port",
                            "15673",
                            portOrOff(),
                            "Port for /healthz, /readyz, /metrics and the status page, 0 for a free one, off for none.",
                            (s, port) -> s.httpPort = port)
                    .flag("-b")
                    .environment("HTTP_PORT")
                    .file(HTTP, "port", "listen.http_port")
                    .afterRestart(),
            new Option<>(
                            "http-address",
                            null,
                            text("a name or an address"),
                            "Address for the same.",
                            (s, address) -> s.httpAddress = address)
                    .file(HTTP, "address")
                    .otherwise("as --listen")
                    .afterRestart(),
            new Option<>(
                            "http-allow",
                            "127.0.0.0/8, ::1",
                            networks(),
                            "Networks that may see the status page and use its buttons.",
                            (s, networks) -> s.httpAllow = networks)
                    .file(HTTP, "allow"),
            new Option<>(
                            "http-hosts",
                            null,
                            words("names separated by commas"),
                            "Names by which browsers and scrapers may call the status page and /metrics, besides addresses and"
                                    + " localhost. Others are refused, as they may be a foreign page's (DNS rebinding).",
                            (s, names) -> s.httpHosts = names)
                    .file(HTTP, "hosts"),
            new Option<>(
                            "http-token",
                            null,
                            text("a text without spaces"),
                            "What the buttons of the status page ask for; without it there are none. "
                                    + TlsOptions.NOT_IN_PUBLIC,
                            (s, token) -> s.httpToken = token)
                    .file(HTTP, "token"),
            new Option<>(
                            "name",
                            null,
                            text("1 to 100 characters that can be printed"),
                            "The proxy's name, which its log, the names of its threads, metrics and the status page have.",
                            (s, name) -> s.proxy.name(name))
                    .otherwise("amqproxy-1")
                    .afterRestart(),
            new Option<>(
                            "metrics-pools",
                            "100",
                            number(0, 10_000),
                            "Pools with figures of their own in /metrics; those beyond are added up.",
                            (s, pools) -> s.metricsPools = pools)
                    .file(HTTP, "metrics_pools")
                    .afterRestart(),
            new Option<>(
                            "log-level",
                            "info",
                            levels(),
                            "What is logged: trace, debug, info, warn, error or none.",
                            (s, level) -> s.logLevel = level)
                    .environment("LOG_LEVEL")
                    .file(Option.MAIN, "log_level", "listen.log_level"),
            new Option<>(
                    "log-format",
                    "text",
                    oneOf(Setup.LogFormat.class),
                    "How lines of the log look: text, json with the fields of each event, or ecs with the same in flat keys of the"
                            + " Elastic Common Schema.",
                    (s, format) -> s.logFormat = format),
            new Option<>(
                    "lame-duck",
                    "0",
                    time(),
                    "How long clients are still taken after TERM or INT while /readyz says that none should come, so that"
                            + " load balancers send them elsewhere before the port closes.",
                    (s, time) -> s.lameDuck = time),
            new Option<>(
                            "term-client-close-timeout",
                            "10",
                            time(),
                            "How long clients may take to leave by themselves after TERM or INT before they are closed.",
                            (s, timeout) -> s.clientCloseTimeout = timeout)
                    .environment("TERM_CLIENT_CLOSE_TIMEOUT"),
            new Option<>(
                            "term-timeout",
                            "-1",
                            timeOrEver(),
                            "How long the proxy then may take to end in order before it ends at once with status 1; -1 for as"
                                    + " long as it needs, which is bounded.",
                            (s, timeout) -> s.termTimeout = timeout)
                    .environment("TERM_TIMEOUT"));

    /** The settings of the library, in the order of AmqProxy.Builder. */
    private static final List<Option<?>> PROXY = List.of(
            new Option<>(
                    "endpoint-choice",
                    "ordered",
                    endpointChoices(),
                    "Which of several upstreams new connections go to: ordered for the first that answers, round-robin for"
                            + " one after the other, least-connections for the one with the fewest.",
                    (s, choice) -> s.proxy.endpointChoice(choice)),
            new Option<>(
                    "upstream-proxy-protocol",
                    "no",
                    yesOrNo(),
                    "Whether the broker, which has to expect that, is told by the PROXY protocol who connects: the client"
                            + " that a connection is opened for (--policy exclusive), or the proxy where many share it.",
                    (s, told) -> s.proxy.upstreamProxyProtocol(told)),
            new Option<>(
                            "idle-connection-timeout",
                            "60",
                            time(),
                            "How long an upstream without leases stays open, and an idle channel that nobody needed.",
                            (s, timeout) -> s.proxy.idleTimeout(timeout))
                    .flag("-t")
                    .environment("IDLE_CONNECTION_TIMEOUT"),
            new Option<>(
                            "max-upstream-channels",
                            "65535",
                            number(1, 65_535),
                            "Channels used on one upstream at most; never more than the broker allows.",
                            (s, channels) -> s.proxy.maxChannelsPerConnection(channels))
                    .environment("MAX_UPSTREAM_CHANNELS"),
            new Option<>(
                    "policy",
                    "multiplexed",
                    policies(),
                    "Who shares an upstream: multiplexed for all clients of a pool, spread for the same with consumers spread"
                            + " over the endpoints, exclusive for one at a time.",
                    Setup::policy),
            new Option<>(
                    "tell-losses",
                    "no",
                    yesOrNo(),
                    "Whether every client is told of a lost connection to the broker, also if nothing of it was at"
                            + " stake.",
                    Setup::tellLosses),
            new Option<>(
                    "close-mode",
                    "immediate",
                    oneOf(CloseMode.class),
                    "Whether closes are answered immediately, or fenced: when the broker has handled all that was"
                            + " published.",
                    (s, mode) -> s.proxy.closeMode(mode)),
            new Option<>("loops", null, number(1, 64), "Selector threads.", (s, loops) -> s.proxy.loops(loops))
                    .otherwise("half of the processors, 1 to 4")
                    .afterRestart(),
            new Option<>(
                    "max-connections",
                    "64",
                    number(1, MANY),
                    "Connections that one pool opens at most.",
                    (s, connections) -> s.proxy.maxConnections(connections)),
            new Option<>(
                    "max-total-connections",
                    "0",
                    number(0, MANY),
                    "Connections to the broker of all pools together, which share them fairly; 2 at least, 0 for no"
                            + " limit.",
                    (s, connections) -> s.proxy.maxTotalConnections(connections)),
            new Option<>(
                            "connection-name",
                            null,
                            text("a template"),
                            "What connections are called at the broker, with {id}, {host}, {user}, {vhost}, {purpose},"
                                    + " and {client} and {address} of one that is opened for one client; what stands in"
                                    + " brackets is left out where something in it is empty.",
                            (s, template) -> s.proxy.connectionName(template))
                    .otherwise("as the proxy, or as the client that has a connection of its own"),
            new Option<>(
                    "min-connections",
                    "0",
                    number(0, MANY),
                    "Connections that a pool opens ahead and keeps although they are idle.",
                    (s, connections) -> s.proxy.minConnections(connections)),
            new Option<>(
                    "warm-channels",
                    "0",
                    number(0, MANY),
                    "Channels opened ahead on each shared upstream and kept although they are idle.",
                    (s, channels) -> s.proxy.warmChannels(channels)),
            new Option<>(
                    "max-idle-channels",
                    "256",
                    number(0, MANY),
                    "Idle channels that an upstream keeps; more are closed.",
                    (s, channels) -> s.proxy.maxIdleChannels(channels)),
            new Option<>(
                    "max-lifetime",
                    "1h",
                    time(),
                    "How long an upstream serves before it is replaced, less a random tenth; 0 for ever.",
                    (s, lifetime) -> s.proxy.maxLifetime(lifetime)),
            new Option<>(
                    "max-channel-age",
                    "10",
                    time(),
                    "How long a channel to the broker serves one client after another; 0 as long as its upstream.",
                    (s, age) -> s.proxy.maxChannelAge(age)),
            new Option<>(
                    "credential-ttl",
                    "5m",
                    time(),
                    "How long a log-in that the broker accepted is believed.",
                    (s, ttl) -> s.proxy.credentialTtl(ttl)),
            new Option<>(
                    "acquire-timeout",
                    "10",
                    time(),
                    "How long a client may wait for an upstream, log-in included; how long the broker may be"
                            + " unreachable before clients are refused.",
                    (s, timeout) -> s.proxy.acquireTimeout(timeout)),
            new Option<>(
                    "connect-timeout",
                    "5",
                    time(),
                    "How long connecting to an endpoint of the broker may take, all its addresses together.",
                    (s, timeout) -> s.proxy.connectTimeout(timeout)),
            new Option<>(
                    "tls-timeout",
                    "5",
                    time(),
                    "How long TLS with the broker may take then.",
                    (s, timeout) -> s.proxy.tlsTimeout(timeout)),
            new Option<>(
                    "login-timeout",
                    "5",
                    time(),
                    "How long the broker may take to answer a log-in, and to open a vhost.",
                    (s, timeout) -> s.proxy.loginTimeout(timeout)),
            new Option<>(
                    "close-timeout",
                    "5",
                    time(),
                    "How long a peer may take to answer the closing of its connection, and each step of the end.",
                    (s, timeout) -> s.proxy.closeTimeout(timeout)),
            new Option<>(
                    "handshake-timeout",
                    "10",
                    time(),
                    "How long a client may take to open its connection.",
                    (s, timeout) -> s.proxy.handshakeTimeout(timeout)),
            new Option<>(
                    "heartbeat",
                    "60",
                    time(),
                    "Heartbeat offered to clients and asked of the broker; 0 for none.",
                    (s, interval) -> s.proxy.heartbeat(interval)),
            new Option<>(
                    "max-clients",
                    "100000",
                    number(1, MANY),
                    "Clients connected at once; for one more the oldest that has not logged in is closed, or else the one that"
                            + " connects.",
                    Setup::maxClients),
            new Option<>(
                    "max-message-size",
                    "128M",
                    size(1, 512L << 20),
                    "The largest message that a client may publish, at most 512M.",
                    (s, bytes) -> s.proxy.maxMessageSize(bytes)),
            new Option<>(
                    "max-client-backlog",
                    "64M",
                    size(64 << 10, MANY),
                    "Bytes kept for a client that reads slowly, on a shared upstream, before that is not read.",
                    (s, bytes) -> s.proxy.maxClientBacklog(Math.toIntExact(bytes))));

    /** All options by what they are about, in the order in which they are documented. */
    static final Map<String, List<Option<?>>> GROUPS = groups();

    static final List<Option<?>> ALL =
            GROUPS.values().stream().<Option<?>>flatMap(List::stream).toList();

    private Options() {}

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
    private static Kind<Level> levels() {
        Map<String, Level> levels = new HashMap<>();
        Arrays.asList(Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR)
                .forEach(level -> levels.put(level.toString().toLowerCase(Locale.ROOT), level));
        levels.put("notice", Level.INFO);
        levels.put("fatal", Level.ERROR);
        levels.put("none", Level.OFF);
        return choice(levels, "trace, debug, info, warn, error or none");
    }

    private static Kind<Integer> portOrOff() {
        Kind<Integer> ports = number(0, 65_535);
        return new Kind<>(
                "a port from 0 to 65535, or off", text -> text.equals("off") ? Setup.NO_HTTP : ports.parse(text));
    }

    private static Kind<CidrSet> networks() {
        Kind<String[]> words = Kind.words("networks separated by commas, as in 127.0.0.0/8, ::1");
        return new Kind<>(words.form(), text -> CidrSet.of(words.parse(text)));
    }

    static Kind<EndpointChoice> endpointChoices() {
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

    static Kind<PoolPolicy> policies() {
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
