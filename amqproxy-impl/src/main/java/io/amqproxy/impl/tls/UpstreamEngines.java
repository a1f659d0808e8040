package io.amqproxy.impl.tls;

import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Makes the engines for connections to the broker. One context for all, so that they resume each other's sessions. */
public final class UpstreamEngines implements Reloadable {

    private final ContextSource source;
    private final String name;
    private final int port;
    private final SSLParameters parameters;

    UpstreamEngines(ContextSource source, String name, int port, SSLParameters parameters) {
        this.source = source;
        this.name = name;
        this.port = port;
        this.parameters = parameters;
    }

    /** {@return an engine for one connection; any thread may ask} */
    public SSLEngine newEngine() {
        // Sessions are kept by this name and port, and the certificate has to be for this name.
        SSLEngine engine = source.current().createSSLEngine(name, port);
        engine.setUseClientMode(true);
        engine.setSSLParameters(parameters);
        return engine;
    }

    @Override
    public @Nullable Instant notAfter() {
        return source.notAfter();
    }

    @Override
    public String purpose() {
        return source.purpose();
    }

    @Override
    public boolean isReloadable() {
        return source.isReloadable();
    }

    @Override
    public void reloadIfChanged() {
        source.reloadIfChanged();
    }
}
