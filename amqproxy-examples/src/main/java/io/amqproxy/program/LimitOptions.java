package io.amqproxy.program;

import static io.amqproxy.program.Kind.networks;
import static io.amqproxy.program.Kind.number;
import static io.amqproxy.program.Kind.size;
import static io.amqproxy.program.Kind.words;

import java.util.List;

/** The part of the table that is about what clients may take, and who may come. */
final class LimitOptions {

    private static final String LIMITS = "limits";
    private static final int MANY = Integer.MAX_VALUE;
    private static final String NAMES = "names, separated by commas";

    static final List<Option<?>> ALL = List.of(
            new Option<>(
                            "max-incomplete-bytes",
                            null,
                            size(64 << 10, Long.MAX_VALUE),
                            "Bytes of messages of which a part has come, of all clients; beyond it the oldest goes on only.",
                            (s, bytes) -> s.proxy.maxIncompleteBytes(bytes))
                    .otherwise("256M, or a quarter of the heap"),
            new Option<>(
                            "max-buffer-bytes",
                            null,
                            size(1 << 20, Long.MAX_VALUE),
                            "Bytes of all buffers; beyond it clients are not read and new ones not taken.",
                            (s, bytes) -> s.proxy.maxBufferBytes(bytes))
                    .otherwise("half of the heap"),
            new Option<>(
                            "clients-per-address",
                            null,
                            number(1, MANY),
                            "Clients connected at once from one address; for one more the oldest of it that has not logged in is"
                                    + " closed, or else the one that connects.",
                            (s, clients) -> s.proxy.limits(limits -> limits.clientsPerAddress(clients)))
                    .file(LIMITS, "clients_per_address")
                    .otherwise("as --max-clients"),
            new Option<>(
                            "clients-per-user",
                            "0",
                            number(0, MANY),
                            "Clients connected at once of one user in one vhost, 0 for no limit.",
                            (s, clients) -> s.proxy.limits(limits -> limits.clientsPerUser(clients)))
                    .file(LIMITS, "clients_per_user"),
            new Option<>(
                            "channels-per-client",
                            "2047",
                            number(1, 65_535),
                            "The highest channel number that is offered to clients.",
                            (s, channels) -> s.proxy.limits(limits -> limits.channelsPerClient(channels)))
                    .file(LIMITS, "channels_per_client"),
            new Option<>(
                            "failed-logins",
                            "5",
                            number(0, MANY),
                            "Refused log-ins from one address and as one user before such log-ins are refused without asking"
                                    + " the broker for a time, 0 to ask it each time.",
                            (s, logins) -> s.proxy.limits(limits -> limits.failedLogins(logins)))
                    .file(LIMITS, "failed_logins"),
            new Option<>(
                            "messages-per-second",
                            "0",
                            number(0, MANY),
                            "Messages that all clients of one user in one vhost publish in a second; beyond it they are read"
                                    + " more slowly. 0 for no limit.",
                            (s, messages) -> s.proxy.limits(limits -> limits.messagesPerSecond(messages)))
                    .file(LIMITS, "messages_per_second"),
            new Option<>(
                            "bytes-per-second",
                            "0",
                            size(0, 1L << 50),
                            "Bytes that all clients of one user in one vhost send in a second, with the same effect.",
                            (s, bytes) -> s.proxy.limits(limits -> limits.bytesPerSecond(bytes)))
                    .file(LIMITS, "bytes_per_second"),
            new Option<>(
                            "new-clients-per-second",
                            "100000",
                            number(0, MANY),
                            "New clients a second; those beyond it wait to be accepted. 0 for no limit.",
                            (s, clients) -> s.proxy.limits(limits -> limits.newClientsPerSecond(clients)))
                    .file(LIMITS, "new_clients_per_second"),
            new Option<>(
                            "new-clients-per-second-and-address",
                            "50000",
                            number(0, MANY),
                            "New clients a second from one address; those beyond it are closed when they connect. 0 for no"
                                    + " limit.",
                            (s, clients) -> s.proxy.limits(limits -> limits.newClientsPerSecondAndAddress(clients)))
                    .file(LIMITS, "new_clients_per_second_and_address"),
            new Option<>(
                            "allow-addresses",
                            null,
                            networks(),
                            "Networks that clients may come from; others are closed when they connect.",
                            (s, networks) -> s.proxy.limits(limits -> limits.allowAddresses(networks)))
                    .file(LIMITS, "allow_addresses")
                    .otherwise("all"),
            new Option<>(
                            "deny-addresses",
                            null,
                            networks(),
                            "Networks that clients may not come from, even where --allow-addresses has them.",
                            (s, networks) -> s.proxy.limits(limits -> limits.denyAddresses(networks)))
                    .file(LIMITS, "deny_addresses"),
            new Option<>(
                            "allow-users",
                            null,
                            words(NAMES),
                            "Users that may log in; others are refused with 403.",
                            (s, users) -> s.proxy.limits(limits -> limits.allowUsers(users)))
                    .file(LIMITS, "allow_users")
                    .otherwise("all"),
            new Option<>(
                            "deny-users",
                            null,
                            words(NAMES),
                            "Users that may not log in, even where --allow-users has them.",
                            (s, users) -> s.proxy.limits(limits -> limits.denyUsers(users)))
                    .file(LIMITS, "deny_users"),
            new Option<>(
                            "allow-vhosts",
                            null,
                            words(NAMES),
                            "Vhosts that can be opened; others are refused with 530.",
                            (s, vhosts) -> s.proxy.limits(limits -> limits.allowVhosts(vhosts)))
                    .file(LIMITS, "allow_vhosts")
                    .otherwise("all"),
            new Option<>(
                            "deny-vhosts",
                            null,
                            words(NAMES),
                            "Vhosts that cannot be opened, even where --allow-vhosts has them.",
                            (s, vhosts) -> s.proxy.limits(limits -> limits.denyVhosts(vhosts)))
                    .file(LIMITS, "deny_vhosts"),
            new Option<>(
                            "proxy-protocol-from",
                            null,
                            networks(),
                            "Load balancers that tell their clients' addresses by the PROXY protocol, at --listen; nobody else"
                                    + " may connect there then.",
                            (s, networks) -> s.loadBalancers = networks)
                    .file("listen", "proxy_protocol_from")
                    .afterRestart());

    private LimitOptions() {}
}
