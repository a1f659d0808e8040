package io.amqproxy.impl;

import io.amqproxy.impl.limit.Networks;
import io.amqproxy.impl.net.Listener;
import io.amqproxy.impl.net.ListeningPort;
import io.amqproxy.impl.tls.ListenerEngines;
import io.amqproxy.impl.tls.ListenerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * An address to listen on, as it was given.
 *
 * @param tls null for no TLS
 * @param proxies the load balancers that have to introduce clients
 */
record ListenAddress(String host, int port, @Nullable ListenerSettings tls, Networks proxies) {

    /** Takes the port, so that nobody else gets it; throws where that is not possible. */
    ListeningPort take() {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw failed("unknown host to listen on: " + host, null);
        }
        try {
            return ListeningPort.take(address);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot listen on " + this + ": " + failure.getMessage(), failure);
        }
    }

    /** Reads the files; throws where they cannot be used. */
    Listener listener(ListeningPort taken) {
        return new Listener(taken, tls == null ? null : engines(taken, tls), proxies);
    }

    private static ListenerEngines engines(ListeningPort port, ListenerSettings tls) {
        String address = port.address().getHostString() + ':' + port.address().getPort();
        try {
            return tls.engines(address);
        } catch (IOException | GeneralSecurityException unusable) {
            throw unusable("TLS at " + address, unusable);
        }
    }

    static UncheckedIOException unusable(String what, Exception cause) {
        return failed(what + " is not possible: " + cause.getMessage(), cause);
    }

    private static UncheckedIOException failed(String text, @Nullable Exception cause) {
        return new UncheckedIOException(text, new IOException(text, cause));
    }

    @Override
    public String toString() {
        return (host.contains(":") ? '[' + host + ']' : host) + ':' + port;
    }
}
