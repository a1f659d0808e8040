package io.amqproxy;

/**
 * TLS towards clients, see {@link AmqProxy.Builder#listenTls}. A certificate of its own is required. By default clients
 * are not asked for theirs.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface ClientTls extends TlsSettings<ClientTls>, ListenOptions {

    /**
     * Asks clients for a certificate. Those that have none are served all the same; one that is not trusted ends the
     * handshake. Whom to trust has to be said, with {@link #trust}, {@link #trustStore} or {@link #context}.
     *
     * @return this
     */
    ClientTls requestClientCertificate();

    /**
     * Serves only clients with a trusted certificate. Whom to trust has to be said, as above.
     *
     * @return this
     */
    ClientTls requireClientCertificate();

    /**
     * Lets clients log in by their certificate: the mechanism EXTERNAL (RFC 4422, appendix A) is announced to those
     * that showed one, after those of the broker. Clients may still log in in another way. Asks for certificates,
     * unless {@link #requireClientCertificate} already does.
     *
     * @param login says as whom such a client is logged in at the broker
     * @return this
     */
    ClientTls external(ExternalLogin login);

    @Override
    ClientTls proxyProtocolFrom(CidrSet networks);

    @Override
    ClientTls name(String name);
}
