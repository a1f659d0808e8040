package io.amqproxy.impl;

import io.amqproxy.CidrSet;
import io.amqproxy.SetupException;
import io.amqproxy.SetupException.Kind;
import io.amqproxy.impl.net.ListenConfig;
import io.amqproxy.impl.net.ReservedPort;
import io.amqproxy.impl.tls.ClientEngines;
import io.amqproxy.impl.tls.ClientTlsSettings;
import io.amqproxy.impl.tls.EllipticCurves;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An address to listen on, as it was given.
 *
 * @param given a socket that listens already, instead of an address; else null
 * @param tls null for no TLS
 * @param proxies the load balancers that have to introduce clients
 * @param name by which routes know it, or null where it has none
 */
record ListenAddress(
        String host,
        int port,
        @Nullable ReservedPort given,
        @Nullable ClientTlsSettings tls,
        CidrSet proxies,
        @Nullable String name) {

    /** Where a socket listens that somebody else has opened. */
    static ListenAddress at(
            ReservedPort given, @Nullable ClientTlsSettings tls, CidrSet proxies, @Nullable String name) {
        InetSocketAddress address = given.address();
        return new ListenAddress(address.getHostString(), address.getPort(), given, tls, proxies, name);
    }

    /**
     * Takes the port, so that nobody else gets it; throws where that is not possible.
     *
     * @param resolver asks for the address of the host
     * @param patience how long that may take, in nanoseconds
     */
    ReservedPort take(Executor resolver, long patience) {
        if (given != null) {
            return given;
        }
        try {
            return ReservedPort.take(new InetSocketAddress(resolve(resolver, patience), port));
        } catch (IOException failure) {
            throw new SetupException(Kind.ADDRESS, "cannot listen on " + this + ": " + failure.getMessage(), failure);
        }
    }

    private InetAddress resolve(Executor resolver, long patience) throws IOException {
        CompletableFuture<InetAddress> answer = new CompletableFuture<>();
        resolver.execute(() -> {
            try {
                answer.complete(InetAddress.getByName(host));
            } catch (UnknownHostException | RuntimeException unknown) {
                answer.completeExceptionally(unknown);
            }
        });
        try {
            return Uninterruptibles.forAnswer(answer, System.nanoTime() + patience);
        } catch (ExecutionException unknown) {
            throw new IOException("unknown host to listen on", unknown.getCause());
        } catch (TimeoutException late) {
            throw new IOException("its name could not be looked up in time", late);
        }
    }

    /** Reads the files; throws where they cannot be used. */
    ListenConfig on(ReservedPort taken) {
        String address = taken.address().getHostString() + ':' + taken.address().getPort();
        return new ListenConfig(taken, tls == null ? null : engines(address, tls), proxies, name);
    }

    /** Reads them too, and forgets them. */
    void checkFiles() {
        if (tls != null) {
            engines(toString(), tls);
        }
    }

    private static ClientEngines engines(String address, ClientTlsSettings tls) {
        try {
            return tls.engines(address);
        } catch (IOException | GeneralSecurityException unusable) {
            throw unusable("TLS at " + address, unusable);
        }
    }

    static SetupException unusable(String what, Exception cause) {
        String advice = EllipticCurves.advice(Security.getProviders("KeyFactory.EC"));
        String text = what + " is not possible: " + cause.getMessage() + (advice.isEmpty() ? "" : "; " + advice);
        return new SetupException(Kind.CERTIFICATE, text, new IOException(text, cause));
    }

    /** {@return all that a restart is needed for to change it} */
    String described() {
        return this + (tls == null ? "" : " with TLS") + (name == null ? "" : " named " + name);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? '[' + host + ']' : host) + ':' + port;
    }
}
