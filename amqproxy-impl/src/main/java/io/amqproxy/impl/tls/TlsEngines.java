package io.amqproxy.impl.tls;

import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Makes the engines for one side's connections, of a context that is made anew when its files change. */
public abstract class TlsEngines implements Reloadable {

    private final ContextSource source;
    private final SSLParameters parameters;

    TlsEngines(ContextSource source, SSLParameters parameters) {
        this.source = source;
        this.parameters = parameters;
    }

    /** {@return an engine of its side, without these parameters yet} */
    abstract SSLEngine create(SSLContext context);

    /** {@return an engine for one connection; any thread may ask} */
    public final SSLEngine newEngine() {
        SSLEngine engine = create(source.current());
        engine.setSSLParameters(parameters);
        return engine;
    }

    @Override
    public final @Nullable Instant notAfter() {
        return source.notAfter();
    }

    @Override
    public final String purpose() {
        return source.purpose();
    }

    @Override
    public final boolean isReloadable() {
        return source.isReloadable();
    }

    @Override
    public final void reloadIfChanged() {
        source.reloadIfChanged();
    }
}
