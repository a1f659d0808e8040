package io.amqproxy.impl.limit;

import io.amqproxy.ListenerOptions;

/** Collects what is said of a listener without TLS. */
public final class ListenerChoices implements ListenerOptions {

    private Networks proxies = Networks.NONE;

    @Override
    public ListenerChoices proxyProtocolFrom(String... networks) {
        proxies = proxies.and(Networks.of(networks));
        return this;
    }

    /** {@return the load balancers that have to introduce clients; none for clients that come by themselves} */
    public Networks proxies() {
        return proxies;
    }
}
