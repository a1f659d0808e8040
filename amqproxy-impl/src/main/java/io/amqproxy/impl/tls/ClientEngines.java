package io.amqproxy.impl.tls;

import io.amqproxy.ExternalLogin;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Makes the engines for the clients of one address. */
public final class ClientEngines extends TlsEngines {

    private final @Nullable ExternalLogin external;

    ClientEngines(ContextSource source, SSLParameters parameters, @Nullable ExternalLogin external) {
        super(source, parameters);
        this.external = external;
    }

    @Override
    SSLEngine create(SSLContext context) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    /** {@return who knows the accounts of clients that log in by certificate, or null if they cannot} */
    public @Nullable ExternalLogin external() {
        return external;
    }
}
