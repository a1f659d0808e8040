package io.amqproxy.impl.tls;

import io.amqproxy.TlsSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Collects what both sides have in common; the last word on each thing counts. */
abstract class AbstractTlsSettings<S extends TlsSettings<S>> implements TlsSettings<S> {

    private static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    private @Nullable KeySource keys;
    private @Nullable TrustSource trust;
    private @Nullable SSLContext context;
    private List<String> versions = VERSIONS;

    abstract S self();

    @Override
    public S certificate(Path chain, Path key) {
        keys = KeySource.pem(Objects.requireNonNull(chain, "chain"), Objects.requireNonNull(key, "key"), null);
        return self();
    }

    @Override
    public S certificate(Path chain, Path key, char[] password) {
        keys = KeySource.pem(
                Objects.requireNonNull(chain, "chain"), Objects.requireNonNull(key, "key"), password.clone());
        return self();
    }

    @Override
    public S keyStore(Path store, char[] password) {
        keys = KeySource.store(Objects.requireNonNull(store, "store"), password.clone());
        return self();
    }

    @Override
    public S trust(Path authorities) {
        return trust(TrustSource.pem(Objects.requireNonNull(authorities, "authorities")));
    }

    @Override
    public S trustStore(Path store, char[] password) {
        return trust(TrustSource.store(Objects.requireNonNull(store, "store"), password.clone()));
    }

    final S trust(TrustSource source) {
        trust = source;
        return self();
    }

    @Override
    public S context(SSLContext given) {
        context = Objects.requireNonNull(given, "context");
        return self();
    }

    @Override
    public S protocols(String... wanted) {
        List<String> all = List.of(wanted);
        if (all.isEmpty() || !VERSIONS.containsAll(all)) {
            throw new IllegalArgumentException("protocols have to be of " + VERSIONS + ": " + all);
        }
        versions = all;
        return self();
    }

    /** Whether there is an own certificate; a context is believed to have one. */
    final boolean hasCertificate() {
        return keys != null || context != null;
    }

    /** Whether it was said whom to trust. */
    final boolean hasTrust() {
        return trust != null || context != null;
    }

    /** @param unsaid where it was not said whom to trust */
    final ContextSource source(String purpose, TrustSource unsaid) throws IOException, GeneralSecurityException {
        return new ContextSource(purpose, context, keys, trust == null ? unsaid : trust);
    }

    final SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(versions.toArray(new String[0]));
        return parameters;
    }
}
