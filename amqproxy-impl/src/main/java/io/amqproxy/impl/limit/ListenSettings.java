package io.amqproxy.impl.limit;

import io.amqproxy.ListenOptions;

/** Collects what is said of a listener without TLS. */
public final class ListenSettings implements ListenOptions {

    private Networks proxies = Networks.NONE;

    @Override
    public ListenSettings proxyProtocolFrom(String... networks) {
        proxies = proxies.and(Networks.of(networks));
        return this;
    }

    /** {@return the load balancers that have to introduce clients; none for clients that come by themselves} */
    public Networks proxies() {
        return proxies;
    }
}
