package io.amqproxy.impl;

import io.amqproxy.impl.tls.UpstreamEngines;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of the broker, ready to be connected to.
 *
 * @param tls null for connections without TLS
 * @param tellsAddress whether it takes a header of the PROXY protocol
 */
record EndpointTarget(String host, int port, @Nullable UpstreamEngines tls, boolean tellsAddress) {

    @Override
    public String toString() {
        return host + ':' + port + (tls == null ? "" : " with TLS") + (tellsAddress ? " by the PROXY protocol" : "");
    }
}
