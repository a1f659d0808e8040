package io.amqproxy.impl;

import io.amqproxy.impl.tls.UpstreamEngines;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint of the broker, ready to be connected to.
 *
 * @param tls null for connections without TLS
 */
record Target(String host, int port, @Nullable UpstreamEngines tls) {

    @Override
    public String toString() {
        return host + ':' + port + (tls == null ? "" : " with TLS");
    }
}
