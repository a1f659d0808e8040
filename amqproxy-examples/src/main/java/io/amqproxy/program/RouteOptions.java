package io.amqproxy.program;

import static io.amqproxy.program.OptionType.file;
import static io.amqproxy.program.OptionType.number;
import static io.amqproxy.program.OptionType.positiveTime;
import static io.amqproxy.program.OptionType.size;
import static io.amqproxy.program.OptionType.text;
import static io.amqproxy.program.OptionType.time;
import static io.amqproxy.program.OptionType.words;
import static io.amqproxy.program.OptionType.yesOrNo;

import io.amqproxy.EndpointChoice;
import io.amqproxy.PoolPolicy;
import io.amqproxy.Route;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The keys of a route's section, {@code [route NAME]}. They are in the file only, as there may be many routes; what one
 * does not have is as the rest of the file says it.
 */
final class RouteOptions {

    private static final String SECTION = "route ";
    private static final int MANY = Integer.MAX_VALUE;
    private static final String AS_ALL = "as for all";

    private static final Option.Setter SETTER = RouteOptions::set;

    static final List<Option<?>> ALL = List.of(
            new Option<>(
                            "upstream",
                            null,
                            words("amqp://host or amqp://host:port, several with commas"),
                            "Its broker, as the program's own.",
                            SETTER)
                    .otherwise("required"),
            new Option<>(
                    "users",
                    null,
                    words("names, separated by commas"),
                    "Users whose clients it is for, * for any characters: orders-*.",
                    SETTER),
            new Option<>(
                    "vhosts",
                    null,
                    words("names, separated by commas"),
                    "Vhosts whose clients it is for, * for any characters. User and password are proved when the vhost"
                            + " is opened.",
                    SETTER),
            new Option<>(
                    "listen-addresses",
                    null,
                    words("plain, tls or both, separated by commas"),
                    "Addresses whose clients it is for: plain for --listen and --port, tls for --tls-listen.",
                    SETTER),
            new Option<>(
                            "listen",
                            null,
                            Address.optionType(),
                            "Address and port of its own, whose clients it is for.",
                            SETTER)
                    .afterRestart(),
            new Option<>(
                            "tls-listen",
                            null,
                            Address.optionType(),
                            "The same for clients with TLS, with the certificate of [tls].",
                            SETTER)
                    .afterRestart(),
            new Option<>(
                    "endpoint-choice",
                    "ordered",
                    Options.endpointChoices(),
                    "Which of several upstreams new connections go to: ordered, round-robin or least-connections.",
                    SETTER),
            new Option<>(
                            "upstream-ca",
                            null,
                            file(),
                            "PEM file or PKCS12 store with the authorities that its broker's certificate may come"
                                    + " from.",
                            SETTER)
                    .otherwise("those of the JDK"),
            new Option<>("upstream-ca-password", null, text("a password"), "Password of that store.", SETTER),
            new Option<>(
                    "upstream-certificate",
                    null,
                    file(),
                    "PEM file with the certificate to show to its broker, or a PKCS12 key store with that and the key.",
                    SETTER),
            new Option<>("upstream-key", null, file(), "PEM file with the private key of that certificate.", SETTER)
                    .otherwise("as upstream_certificate"),
            new Option<>(
                    "upstream-key-password",
                    null,
                    text("a password"),
                    "Password of that key, where it is encrypted, or of the key store.",
                    SETTER),
            new Option<>(
                    "upstream-tls-insecure",
                    "no",
                    yesOrNo(),
                    "Accept any certificate of its broker: whoever is in between can then read and change everything.",
                    SETTER),
            new Option<>(
                    "upstream-proxy-protocol",
                    "no",
                    yesOrNo(),
                    "Whether its broker is told by the PROXY protocol who connects.",
                    SETTER),
            new Option<>(
                            "policy",
                            null,
                            Options.policies(),
                            "Who shares an upstream: multiplexed, spread or exclusive.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-connections",
                            null,
                            number(1, MANY),
                            "Connections that one of its pools opens at most.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-total-connections",
                            null,
                            number(0, MANY),
                            "Connections to its broker of all of its pools together; 2 at least, 0 for no limit.",
                            SETTER)
                    .otherwise(AS_ALL + ", each route by itself"),
            new Option<>(
                            "min-connections",
                            null,
                            number(0, MANY),
                            "Connections that a pool opens ahead and keeps although they are idle.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "warm-channels",
                            null,
                            number(0, MANY),
                            "Channels opened ahead on each shared upstream and kept although they are idle.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-upstream-channels",
                            null,
                            number(1, 65_535),
                            "Channels used on one upstream at most.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "idle-connection-timeout",
                            null,
                            positiveTime(),
                            "How long an upstream without leases stays open.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-lifetime",
                            null,
                            time(),
                            "How long an upstream serves before it is replaced; 0 for ever.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "credential-ttl",
                            null,
                            positiveTime(),
                            "How long a log-in that its broker accepted is believed.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "connection-name",
                            null,
                            text("a template"),
                            "What connections are called at its broker.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "clients-per-user",
                            null,
                            number(0, MANY),
                            "Clients connected at once of one user in one vhost, 0 for no limit.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "messages-per-second",
                            null,
                            number(0, MANY),
                            "Messages that all clients of one user in one vhost publish in a second, 0 for no limit.",
                            SETTER)
                    .otherwise(AS_ALL),
            new Option<>(
                            "bytes-per-second",
                            null,
                            size(0, 1L << 50),
                            "Bytes that all clients of one user in one vhost send in a second, 0 for no limit.",
                            SETTER)
                    .otherwise(AS_ALL));

    private RouteOptions() {}

    /** As {@link Option.Setter} says. */
    private static void set(Setup setup, String option, Object value) {
        switch (option) {
            case "listen" -> setup.route().listen = (Address) value;
            case "tls-listen" -> setup.route().tlsListen = (Address) value;
            case "upstream-ca" -> setup.route().tls.upstreamAuthorities = (Path) value;
            case "upstream-ca-password" -> setup.route().tls.upstreamAuthoritiesPassword = (String) value;
            case "upstream-certificate" -> setup.route().tls.upstreamCertificate = (Path) value;
            case "upstream-key" -> setup.route().tls.upstreamKey = (Path) value;
            case "upstream-key-password" -> setup.route().tls.upstreamKeyPassword = (String) value;
            case "upstream-tls-insecure" -> setup.route().tls.upstreamInsecure = (boolean) value;
            case "policy" -> setup.route().policy = (PoolPolicy) value;
            default -> setup.route().say(route -> set(route, option, value));
        }
    }

    private static void set(Route route, String option, Object value) {
        switch (option) {
            case "upstream" -> {
                String[] urls = (String[]) value;
                route.upstream(urls[0], Arrays.copyOfRange(urls, 1, urls.length));
            }
            case "users" -> route.users((String[]) value);
            case "vhosts" -> route.vhosts((String[]) value);
            case "listen-addresses" -> route.listenAddresses((String[]) value);
            case "endpoint-choice" -> route.endpointChoice((EndpointChoice) value);
            case "upstream-proxy-protocol" -> route.upstreamProxyProtocol((boolean) value);
            case "max-connections" -> route.maxConnections((int) value);
            case "max-total-connections" -> route.maxTotalConnections((int) value);
            case "min-connections" -> route.minConnections((int) value);
            case "warm-channels" -> route.warmChannels((int) value);
            case "max-upstream-channels" -> route.maxChannelsPerConnection((int) value);
            case "idle-connection-timeout" -> route.idleTimeout((Duration) value);
            case "max-lifetime" -> route.maxLifetime((Duration) value);
            case "credential-ttl" -> route.credentialTtl((Duration) value);
            case "connection-name" -> route.connectionName((String) value);
            case "clients-per-user" -> route.clientsPerUser((int) value);
            case "messages-per-second" -> route.messagesPerSecond((int) value);
            case "bytes-per-second" -> route.bytesPerSecond((long) value);
            default -> throw new IllegalStateException(option);
        }
    }

    /** {@return the name of the route that a section is about, if it is about one} */
    static Optional<String> routeOf(String section) {
        return section.startsWith(SECTION)
                ? Optional.of(section.substring(SECTION.length()).strip())
                : Optional.empty();
    }

    /** {@return what has this key in the section of a route} */
    static Optional<Option<?>> byKey(String key) {
        return ALL.stream().filter(option -> option.keys().contains(key)).findFirst();
    }
}
