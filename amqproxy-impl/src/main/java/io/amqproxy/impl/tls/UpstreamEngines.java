package io.amqproxy.impl.tls;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Makes the engines for connections to the broker. One context for all, so that they resume each other's sessions. */
public final class UpstreamEngines extends TlsEngines {

    private final String name;
    private final int port;

    UpstreamEngines(ContextSource source, String name, int port, SSLParameters parameters) {
        super(source, parameters);
        this.name = name;
        this.port = port;
    }

    /** Sessions are kept by this name and port, and the certificate has to be for this name. */
    @Override
    SSLEngine create(SSLContext context) {
        SSLEngine engine = context.createSSLEngine(name, port);
        engine.setUseClientMode(true);
        return engine;
    }
}
