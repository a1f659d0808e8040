package io.amqproxy;

/**
 * What else there is to say of an address that the proxy listens on, see {@link AmqProxy.Builder#listen}. Only the
 * proxy implements this; later versions may have more of it.
 */
public interface ListenOptions {

    /**
     * Takes connections from load balancers only, which say with the PROXY protocol, version 1 or 2 (HAProxy, "The
     * PROXY protocol"), where the client itself connects from. That address is the client's for limits, log and
     * {@link ClientInfo} from then on. The header comes before everything else, TLS included, and within
     * {@link AmqProxy.Builder#handshakeTimeout}. A connection from any other address is closed when it is accepted, and
     * so is one that does not begin with such a header, since either could claim to be anybody. What a load balancer
     * opens for itself ({@code LOCAL}, {@code UNKNOWN}) has its own address.
     *
     * @param networks of the load balancers, such as {@code CidrSet.of("10.0.0.0/8", "2001:db8::1")}; adds to what was
     *     given before
     * @return this
     */
    ListenOptions proxyProtocolFrom(CidrSet networks);

    /**
     * What the address is called where {@link Route#listenAddresses} means it; several may have the same name. Default:
     * none, so that only routes that ask for no address are its clients'.
     *
     * @param name 1 to 64 letters, digits, dots, hyphens and underscores (ASCII)
     * @return this
     * @throws IllegalArgumentException if it is not made of those
     */
    ListenOptions name(String name);
}
