package io.amqproxy.impl.tls;

import io.amqproxy.ExternalLogin;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Makes the engines for the clients of one listener. */
public final class ClientEngines implements Reloadable {

    private final ContextSource source;
    private final SSLParameters parameters;
    private final @Nullable ExternalLogin external;

    ClientEngines(ContextSource source, SSLParameters parameters, @Nullable ExternalLogin external) {
        this.source = source;
        this.parameters = parameters;
        this.external = external;
    }

    /** {@return an engine for one connection; any thread may ask} */
    public SSLEngine newEngine() {
        SSLEngine engine = source.current().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** {@return who knows the accounts of clients that log in by certificate, or null if they cannot} */
    public @Nullable ExternalLogin external() {
        return external;
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
