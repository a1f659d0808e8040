package io.amqproxy.program;

import static io.amqproxy.program.Kind.file;
import static io.amqproxy.program.Kind.number;
import static io.amqproxy.program.Kind.size;
import static io.amqproxy.program.Kind.text;
import static io.amqproxy.program.Kind.time;
import static io.amqproxy.program.Kind.words;
import static io.amqproxy.program.Kind.yesOrNo;

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

    static final List<Option<?>> ALL = List.of(
            new Option<>(
                            "upstream",
                            null,
                            words("amqp://host or amqp://host:port, several with commas"),
                            "Its broker, as the program's own.",
                            (s, urls) -> s.route()
                                    .say(route -> route.upstream(urls[0], Arrays.copyOfRange(urls, 1, urls.length))))
                    .otherwise("required"),
            new Option<>(
                    "users",
                    null,
                    words("names, separated by commas"),
                    "Users whose clients it is for, * for any characters: orders-*.",
                    (s, names) -> s.route().say(route -> route.users(names))),
            new Option<>(
                    "listeners",
                    null,
                    words("plain, tls or both, separated by commas"),
                    "Listeners whose clients it is for: plain for --listen and --port, tls for --tls-listen.",
                    (s, names) -> s.route().say(route -> route.listeners(names))),
            new Option<>(
                            "listen",
                            null,
                            Address.kind(),
                            "Address and port of its own, whose clients it is for.",
                            (s, address) -> s.route().listen = address)
                    .afterRestart(),
            new Option<>(
                            "tls-listen",
                            null,
                            Address.kind(),
                            "The same for clients with TLS, with the certificate of [tls].",
                            (s, address) -> s.route().tlsListen = address)
                    .afterRestart(),
            new Option<>(
                    "endpoint-choice",
                    "ordered",
                    Options.endpointChoices(),
                    "Which of several upstreams new connections go to: ordered, round-robin or least-connections.",
                    (s, choice) -> s.route().say(route -> route.endpointChoice(choice))),
            new Option<>(
                            "upstream-ca",
                            null,
                            file(),
                            "PEM file or PKCS12 store with the authorities that its broker's certificate may come from.",
                            (s, path) -> s.route().tls.upstreamAuthorities = path)
                    .otherwise("those of the JDK"),
            new Option<>(
                    "upstream-ca-password",
                    null,
                    text("a password"),
                    "Password of that store.",
                    (s, password) -> s.route().tls.upstreamAuthoritiesPassword = password),
            new Option<>(
                    "upstream-certificate",
                    null,
                    file(),
                    "PEM file with the certificate to show to its broker, or a PKCS12 key store with that and the key.",
                    (s, path) -> s.route().tls.upstreamCertificate = path),
            new Option<>(
                            "upstream-key",
                            null,
                            file(),
                            "PEM file with the private key of that certificate.",
                            (s, path) -> s.route().tls.upstreamKey = path)
                    .otherwise("as upstream_certificate"),
            new Option<>(
                    "upstream-key-password",
                    null,
                    text("a password"),
                    "Password of that key, where it is encrypted, or of the key store.",
                    (s, password) -> s.route().tls.upstreamKeyPassword = password),
            new Option<>(
                    "upstream-tls-insecure",
                    "no",
                    yesOrNo(),
                    "Accept any certificate of its broker: whoever is in between can then read and change everything.",
                    (s, insecure) -> s.route().tls.upstreamInsecure = insecure),
            new Option<>(
                    "upstream-proxy-protocol",
                    "no",
                    yesOrNo(),
                    "Whether its broker is told by the PROXY protocol who connects.",
                    (s, told) -> s.route().say(route -> route.upstreamProxyProtocol(told))),
            new Option<>(
                            "policy",
                            null,
                            Options.policies(),
                            "Who shares an upstream: multiplexed, spread or exclusive.",
                            (s, policy) -> s.route().policy = policy)
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-connections",
                            null,
                            number(1, MANY),
                            "Connections that one of its pools opens at most.",
                            (s, count) -> s.route().say(route -> route.maxConnections(count)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-total-connections",
                            null,
                            number(0, MANY),
                            "Connections to its broker of all of its pools together; 2 at least, 0 for no limit.",
                            (s, count) -> s.route().say(route -> route.maxTotalConnections(count)))
                    .otherwise(AS_ALL + ", each route by itself"),
            new Option<>(
                            "min-connections",
                            null,
                            number(0, MANY),
                            "Connections that a pool opens ahead and keeps although they are idle.",
                            (s, count) -> s.route().say(route -> route.minConnections(count)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "warm-channels",
                            null,
                            number(0, MANY),
                            "Channels opened ahead on each shared upstream and kept although they are idle.",
                            (s, count) -> s.route().say(route -> route.warmChannels(count)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-upstream-channels",
                            null,
                            number(1, 65_535),
                            "Channels used on one upstream at most.",
                            (s, count) -> s.route().say(route -> route.maxChannelsPerConnection(count)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "idle-connection-timeout",
                            null,
                            time(),
                            "How long an upstream without leases stays open.",
                            (s, timeout) -> s.route().say(route -> route.idleTimeout(timeout)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "max-lifetime",
                            null,
                            time(),
                            "How long an upstream serves before it is replaced; 0 for ever.",
                            (s, lifetime) -> s.route().say(route -> route.maxLifetime(lifetime)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "credential-ttl",
                            null,
                            time(),
                            "How long a log-in that its broker accepted is believed.",
                            (s, ttl) -> s.route().say(route -> route.credentialTtl(ttl)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "connection-name",
                            null,
                            text("a template"),
                            "What connections are called at its broker.",
                            (s, template) -> s.route().say(route -> route.connectionName(template)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "clients-per-user",
                            null,
                            number(0, MANY),
                            "Clients connected at once of one user in one vhost, 0 for no limit.",
                            (s, clients) -> s.route().say(route -> route.clientsPerUser(clients)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "messages-per-second",
                            null,
                            number(0, MANY),
                            "Messages that all clients of one user in one vhost publish in a second, 0 for no limit.",
                            (s, messages) -> s.route().say(route -> route.messagesPerSecond(messages)))
                    .otherwise(AS_ALL),
            new Option<>(
                            "bytes-per-second",
                            null,
                            size(0, 1L << 50),
                            "Bytes that all clients of one user in one vhost send in a second, 0 for no limit.",
                            (s, bytes) -> s.route().say(route -> route.bytesPerSecond(bytes)))
                    .otherwise(AS_ALL));

    private RouteOptions() {}

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
