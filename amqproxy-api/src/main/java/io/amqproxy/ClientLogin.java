package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.security.cert.X509Certificate;
import java.util.List;

/** A client that asks to be let in, see {@link CredentialMapper}. Belongs to whoever is asked until it has answered. */
public final class ClientLogin {

    private final ClientInfo client;
    private final String user;
    private final byte[] secret;
    private final List<X509Certificate> certificates;

    /**
     * A log-in.
     *
     * @param client the client
     * @param user the user that it says it is
     * @param secret kept as it is, not copied
     * @param certificates those that it showed, verified; empty without TLS or where it showed none
     */
    public ClientLogin(ClientInfo client, String user, byte[] secret, List<X509Certificate> certificates) {
        this.client = client;
        this.user = user;
        this.secret = secret;
        this.certificates = List.copyOf(certificates);
    }

    /**
     * {@return the client, with its route, and without its vhost: an answer holds for all vhosts of a route, also where
     * the vhost has chosen that}
     */
    public ClientInfo client() {
        return client;
    }

    /** {@return the user that it says it is} */
    public String user() {
        return user;
    }

    /**
     * {@return the password or token, itself and no copy; it is filled with zeros once there is an answer, or nobody
     * waits for it}
     */
    public byte[] secret() {
        return secret;
    }

    /** {@return the client's certificate and those of its issuers as it sent them, verified; empty if it sent none} */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    /** {@return the client and its user, never the secret} */
    @Override
    public String toString() {
        return "ClientLogin[client=" + client + ", user=" + LogText.of(user) + "]";
    }
}
