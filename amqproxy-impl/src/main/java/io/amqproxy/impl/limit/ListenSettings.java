package io.amqproxy.impl.limit;

import io.amqproxy.CidrSet;
import io.amqproxy.ListenOptions;

/** Collects what is said of a listener without TLS. */
public final class ListenSettings implements ListenOptions {

    private CidrSet proxies = CidrSet.none();

    @Override
    public ListenSettings proxyProtocolFrom(String... networks) {
        proxies = proxies.and(CidrSet.of(networks));
        return this;
    }

    /** {@return the load balancers that have to introduce clients; none for clients that come by themselves} */
    public CidrSet proxies() {
        return proxies;
    }
}
