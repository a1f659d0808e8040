package io.amqproxy;

/**
 * TLS towards the broker, see {@link AmqProxy.Builder#upstreamTls}. By default the broker's certificate has to be
 * issued by an authority that the JDK trusts, for the host name of the upstream (RFC 2818, section 3.1), and the proxy
 * shows no certificate.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface UpstreamTls extends TlsSettings<UpstreamTls> {

    /**
     * The name that the broker's certificate has to be for, and that is sent to the broker (server name indication, RFC
     * 6066, section 3), where it is not the host of the upstream. For brokers behind a tunnel or reached by an address.
     *
     * @param name a host name or an IP address
     * @return this
     */
    UpstreamTls serverName(String name);

    /**
     * Accepts every certificate for every host. Whoever can get between the proxy and the broker can then read and
     * change everything, the clients' passwords included. The proxy warns about it in its log when it starts.
     *
     * @return this
     */
    UpstreamTls withoutVerification();
}
