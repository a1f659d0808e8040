package io.amqproxy;

/**
 * What clients may take, see {@link AmqProxy.Builder#limits}. Every method returns this object, and refuses values that
 * make no sense with {@link IllegalArgumentException}.
 *
 * <p>Limits per address take an IPv6 address by its first 64 bits, since who has one such address has them all (RFC
 * 6177). Behind a load balancer all clients have its address, unless it tells theirs, see
 * {@link ListenOptions#proxyProtocolFrom}.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface ClientLimits {

    /**
     * Clients connected at once from one address. For one more the oldest of that address that has not logged in is
     * closed, or else the one that connects. Default: as many as {@link AmqProxy.Builder#maxClients}, since beside a
     * sidecar or behind a translating router all clients have one address.
     *
     * @param clients at least 1
     * @return this
     */
    ClientLimits clientsPerAddress(int clients);

    /**
     * Clients connected at once of one user of the broker in one vhost; one more is refused when it opens the vhost,
     * with 530 (NOT_ALLOWED) as by RabbitMQ's own limit ("Per-User Resource Limits"). Default: 0, so that one user may
     * take all that {@link AmqProxy.Builder#maxClients} allows.
     *
     * @param clients at least 1, or 0 for no limit
     * @return this
     */
    ClientLimits clientsPerUser(int clients);

    /**
     * The highest channel number that is offered to clients (AMQP 0-9-1, {@code connection.tune}), unless the broker
     * allows less; who uses a higher one is closed with 530 (NOT_ALLOWED). Default: 2,047, as RabbitMQ's.
     *
     * @param channels 1 to 65,535
     * @return this
     */
    ClientLimits channelsPerClient(int channels);

    /**
     * Different secrets that the broker may refuse from one address for one user before log-ins from there are refused
     * without asking it: for a second, and twice as long after each further one, up to 10 seconds, after which one that
     * was not tried yet is asked about. Ten times as many may be refused from one address, whichever users it tries. A
     * secret that was refused before and comes again, as from programs that have an old one, is not counted once more,
     * so that it holds up nobody else; after as many refusals it is refused without asking in the same way. No more
     * log-ins from one address and user are under way at a time than may fail.
     *
     * <p>Clients are refused with 403 (ACCESS_REFUSED), as by the broker; the text says that it was the proxy, and for
     * how long. {@link ProxyListener#loginsBlocked} and {@link ProxyListener#loginRefusedUnasked} tell of it.
     *
     * <p>Credentials that the broker has accepted in the last day are tried all the same. Failures of an address and
     * user are forgotten when one of their log-ins is accepted, and all after 10 minutes without one. All loops count
     * together, and each {@link Route} for itself; so do log-ins that a {@link CredentialMapper} refuses, before the
     * broker would be asked. Default: 5.
     *
     * @param logins at least 1, or 0 to ask the broker each time
     * @return this
     */
    ClientLimits failedLogins(int logins);

    /**
     * Messages that all clients of one user in one vhost publish in a second. Clients beyond it are not read for a
     * while, so that they are slowed down as by a slow broker; nothing is dropped. A client is read up to 256 KiB at a
     * time, and then waits as long as what came is worth. {@link ProxyListener#clientSlowed} tells of it. Default: 0.
     *
     * @param messages at least 1, or 0 for no limit
     * @return this
     */
    ClientLimits messagesPerSecond(long messages);

    /**
     * Bytes that all clients of one user in one vhost send in a second, with the same effect. Default: 0.
     *
     * @param bytes at least 1, or 0 for no limit
     * @return this
     */
    ClientLimits bytesPerSecond(long bytes);

    /**
     * Only clients that log in as these users are served; others are refused with 403 (ACCESS_REFUSED), as by a broker
     * that does not know them. Adds to what was given before. Default: all are served.
     *
     * @param users names, in which {@code *} stands for any characters
     * @return this
     */
    ClientLimits allowUsers(String... users);

    /**
     * Clients that log in as these users are refused so, even where {@link #allowUsers} has them. Default: none.
     *
     * @param users names, in which {@code *} stands for any characters
     * @return this
     */
    ClientLimits denyUsers(String... users);

    /**
     * Only these vhosts can be opened; others are refused with 530 (NOT_ALLOWED), as by a broker where the user may not
     * use them. Adds to what was given before. Default: all can be opened.
     *
     * @param vhosts names, in which {@code *} stands for any characters
     * @return this
     */
    ClientLimits allowVhosts(String... vhosts);

    /**
     * These vhosts are refused so, even where {@link #allowVhosts} has them. Default: none.
     *
     * @param vhosts names, in which {@code *} stands for any characters
     * @return this
     */
    ClientLimits denyVhosts(String... vhosts);

    /**
     * New clients a second. Those beyond it, and those of one second that come at once, wait to be accepted. Default:
     * 100,000.
     *
     * @param clients at least 1, or 0 for no limit
     * @return this
     */
    ClientLimits newClientsPerSecond(int clients);

    /**
     * New clients a second from one address. Those beyond it, and those of one second that come at once, are closed
     * when they connect. Default: 50,000, more than one loop serves, as all programs beside a sidecar have one address.
     *
     * @param clients at least 1, or 0 for no limit
     * @return this
     */
    ClientLimits newClientsPerSecondAndAddress(int clients);

    /**
     * Only clients from these networks are served; others are closed when they connect. Adds to what was given before.
     * Default: all are served.
     *
     * @param networks such as {@code CidrSet.of("10.0.0.0/8", "2001:db8::1")}
     * @return this
     */
    ClientLimits allowAddresses(CidrSet networks);

    /**
     * Clients from these networks are closed when they connect, even where {@link #allowAddresses} has them. Adds to
     * what was given before. Default: none.
     *
     * @param networks such as {@code CidrSet.of("10.0.0.0/8", "2001:db8::1")}
     * @return this
     */
    ClientLimits denyAddresses(CidrSet networks);
}
