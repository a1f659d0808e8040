package io.amqproxy.impl.tls;

import io.amqproxy.CidrSet;
import io.amqproxy.ClientTls;
import io.amqproxy.ExternalLogin;
import io.amqproxy.impl.limit.ListenSettings;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Objects;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Collects how TLS is done with the clients of one address. */
public final class ClientTlsSettings extends AbstractTlsSettings<ClientTls> implements ClientTls {

    private boolean requested;
    private boolean required;
    private @Nullable ExternalLogin external;
    private final ListenSettings listen = new ListenSettings();

    @Override
    ClientTls self() {
        return this;
    }

    @Override
    public ClientTls requestClientCertificate() {
        requested = true;
        required = false;
        return this;
    }

    @Override
    public ClientTls requireClientCertificate() {
        required = true;
        return this;
    }

    @Override
    public ClientTls external(ExternalLogin login) {
        external = Objects.requireNonNull(login, "login");
        requested = true;
        return this;
    }

    @Override
    public ClientTlsSettings proxyProtocolFrom(CidrSet networks) {
        listen.proxyProtocolFrom(networks);
        return this;
    }

    @Override
    public ClientTlsSettings name(String newName) {
        listen.name(newName);
        return this;
    }

    /** {@return what is said of the address besides TLS} */
    public ListenSettings listen() {
        return listen;
    }

    /**
     * Checks all but the files.
     *
     * @throws IllegalStateException if a setting is missing
     */
    public void check() {
        if (!hasCertificate()) {
            throw new IllegalStateException("an address to listen on with TLS needs a certificate");
        }
        if ((requested || required) && !hasTrust()) {
            throw new IllegalStateException(
                    "an address to listen on with TLS that asks for certificates needs to know whom to trust");
        }
    }

    /**
     * Reads the files.
     *
     * @param address to listen on, for people
     * @throws IllegalStateException if a setting is missing
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if what is in it cannot be used
     */
    public ClientEngines engines(String address) throws IOException, GeneralSecurityException {
        check();
        SSLParameters parameters = parameters();
        if (required) {
            parameters.setNeedClientAuth(true);
        } else if (requested) {
            parameters.setWantClientAuth(true);
        }
        return new ClientEngines(source("clients at " + address, TrustSource.NOBODY), parameters, external);
    }
}
