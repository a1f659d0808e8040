package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says as whom clients are logged in at the broker that log in at the proxy by their certificate. The broker cannot see
 * that certificate, so that the proxy needs a user and a password that the broker knows.
 *
 * <pre>{@code
 * Map<String, ExternalLogin.Account> accounts = Map.of("CN=billing", new ExternalLogin.Account("billing", password));
 * builder.listenTls("0.0.0.0", 5671, tls -> tls
 *     .certificate(Path.of("server.pem"), Path.of("server.key"))
 *     .trust(Path.of("clients-ca.pem"))
 *     .requireClientCertificate()
 *     .external(chain -> accounts.get(chain.get(0).getSubjectX500Principal().getName())));
 * }</pre>
 */
@FunctionalInterface
public interface ExternalLogin {

    /**
     * A user of the broker.
     *
     * @param user the user's name
     * @param password the user's password; {@link #toString} does not show it
     */
    record Account(String user, String password) {
        @Override
        public String toString() {
            return "Account[user=" + LogText.of(user) + "]";
        }
    }

    /**
     * Called each time a client logs in with EXTERNAL, by a thread that may block; several clients may be asked about
     * at the same time. Until the answer the client waits, at most {@link AmqProxy.Builder#handshakeTimeout}, after
     * which the call is interrupted, or not made any more. What it throws is logged, and refuses the client.
     *
     * @param certificates the client's certificate and those of its issuers, as far as the client sent them; the proxy
     *     has verified them
     * @return the account, or null to refuse the client with 403 (ACCESS_REFUSED)
     */
    @Nullable
    Account accountOf(List<X509Certificate> certificates);
}
