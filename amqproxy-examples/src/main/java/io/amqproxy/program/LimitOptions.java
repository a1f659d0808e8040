package io.amqproxy.program;

import static io.amqproxy.program.OptionType.networks;
import static io.amqproxy.program.OptionType.number;
import static io.amqproxy.program.OptionType.size;
import static io.amqproxy.program.OptionType.words;

import io.amqproxy.CidrSet;
import io.amqproxy.ClientLimits;
import java.util.List;

/** The part of the table that is about what clients may take, and who may come. */
final class LimitOptions {

    private static final String LIMITS = "limits";
    private static final int MANY = Integer.MAX_VALUE;
    private static final String NAMES = "names, separated by commas";
    private static final String NETWORKS = "networks or addresses, separated by commas";

    private static final Option.Setter SETTER = LimitOptions::set;

    static final List<Option<?>> ALL = List.of(
            new Option<>(
                            "max-incomplete-bytes",
                            null,
                            size(64 << 10, Long.MAX_VALUE),
                            "Bytes of messages of which a part has come, of all clients; beyond it the oldest goes on only.",
                            SETTER)
                    .otherwise("256M, or a quarter of the heap"),
            new Option<>(
                            "max-buffer-bytes",
                            null,
                            size(1 << 20, Long.MAX_VALUE),
                            "Bytes of all buffers; beyond it clients are not read and new ones not taken.",
                            SETTER)
                    .otherwise("half of the heap"),
            new Option<>(
                            "clients-per-address",
                            null,
                            number(1, MANY),
                            "Clients connected at once from one address; for one more the oldest of it that has not logged in is"
                                    + " closed, or else the one that connects.",
                            SETTER)
                    .file(LIMITS, "clients_per_address")
                    .otherwise("as --max-clients"),
            new Option<>(
                            "clients-per-user",
                            "0",
                            number(0, MANY),
                            "Clients connected at once of one user in one vhost, 0 for no limit.",
                            SETTER)
                    .file(LIMITS, "clients_per_user"),
            new Option<>(
                            "channels-per-client",
                            "2047",
                            number(1, 65_535),
                            "The highest channel number that is offered to clients.",
                            SETTER)
                    .file(LIMITS, "channels_per_client"),
            new Option<>(
                            "failed-logins",
                            "5",
                            number(0, MANY),
                            "Refused log-ins from one address and as one user before such log-ins are refused without asking"
                                    + " the broker for a time, 0 to ask it each time.",
                            SETTER)
                    .file(LIMITS, "failed_logins"),
            new Option<>(
                            "messages-per-second",
                            "0",
                            number(0, MANY),
                            "Messages that all clients of one user in one vhost publish in a second; beyond it they are read"
                                    + " more slowly. 0 for no limit.",
                            SETTER)
                    .file(LIMITS, "messages_per_second"),
            new Option<>(
                            "bytes-per-second",
                            "0",
                            size(0, 1L << 50),
                            "Bytes that all clients of one user in one vhost send in a second, with the same effect.",
                            SETTER)
                    .file(LIMITS, "bytes_per_second"),
            new Option<>(
                            "new-clients-per-second",
                            "100000",
                            number(0, MANY),
                            "New clients a second; those beyond it wait to be accepted. 0 for no limit.",
                            SETTER)
                    .file(LIMITS, "new_clients_per_second"),
            new Option<>(
                            "new-clients-per-second-and-address",
                            "50000",
                            number(0, MANY),
                            "New clients a second from one address; those beyond it are closed when they connect. 0 for no"
                                    + " limit.",
                            SETTER)
                    .file(LIMITS, "new_clients_per_second_and_address"),
            new Option<>(
                            "allow-addresses",
                            null,
                            networks(NETWORKS),
                            "Networks that clients may come from; others are closed when they connect.",
                            SETTER)
                    .file(LIMITS, "allow_addresses")
                    .otherwise("all"),
            new Option<>(
                            "deny-addresses",
                            null,
                            networks(NETWORKS),
                            "Networks that clients may not come from, even where --allow-addresses has them.",
                            SETTER)
                    .file(LIMITS, "deny_addresses"),
            new Option<>(
                            "allow-users",
                            null,
                            words(NAMES),
                            "Users that may log in; others are refused with 403.",
                            SETTER)
                    .file(LIMITS, "allow_users")
                    .otherwise("all"),
            new Option<>(
                            "deny-users",
                            null,
                            words(NAMES),
                            "Users that may not log in, even where --allow-users has them.",
                            SETTER)
                    .file(LIMITS, "deny_users"),
            new Option<>(
                            "allow-vhosts",
                            null,
                            words(NAMES),
                            "Vhosts that can be opened; others are refused with 530.",
                            SETTER)
                    .file(LIMITS, "allow_vhosts")
                    .otherwise("all"),
            new Option<>(
                            "deny-vhosts",
                            null,
                            words(NAMES),
                            "Vhosts that cannot be opened, even where --allow-vhosts has them.",
                            SETTER)
                    .file(LIMITS, "deny_vhosts"),
            new Option<>(
                            "proxy-protocol-from",
                            null,
                            networks(NETWORKS),
                            "Load balancers that tell their clients' addresses by the PROXY protocol, at --listen; nobody else"
                                    + " may connect there then.",
                            SETTER)
                    .file("listen", "proxy_protocol_from")
                    .afterRestart());

    private LimitOptions() {}

    /** As {@link Option.Setter} says. */
    private static void set(Setup setup, String option, Object value) {
        switch (option) {
            case "max-incomplete-bytes" -> setup.proxy.maxIncompleteBytes((long) value);
            case "max-buffer-bytes" -> setup.proxy.maxBufferBytes((long) value);
            case "proxy-protocol-from" -> setup.loadBalancers = (CidrSet) value;
            default -> setup.proxy.limits(limits -> set(limits, option, value));
        }
    }

    private static void set(ClientLimits limits, String option, Object value) {
        switch (option) {
            case "clients-per-address" -> limits.clientsPerAddress((int) value);
            case "clients-per-user" -> limits.clientsPerUser((int) value);
            case "channels-per-client" -> limits.channelsPerClient((int) value);
            case "failed-logins" -> limits.failedLogins((int) value);
            case "messages-per-second" -> limits.messagesPerSecond((int) value);
            case "bytes-per-second" -> limits.bytesPerSecond((long) value);
            case "new-clients-per-second" -> limits.newClientsPerSecond((int) value);
            case "new-clients-per-second-and-address" -> limits.newClientsPerSecondAndAddress((int) value);
            case "allow-addresses" -> limits.allowAddresses((CidrSet) value);
            case "deny-addresses" -> limits.denyAddresses((CidrSet) value);
            case "allow-users" -> limits.allowUsers((String[]) value);
            case "deny-users" -> limits.denyUsers((String[]) value);
            case "allow-vhosts" -> limits.allowVhosts((String[]) value);
            case "deny-vhosts" -> limits.denyVhosts((String[]) value);
            default -> throw new IllegalStateException(option);
        }
    }
}
