package io.amqproxy;

import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/**
 * What both sides of TLS are made of: an own certificate, and whom to trust. Every method returns the same object.
 *
 * <p>Files are read when the proxy starts, and again whenever they change, see {@link AmqProxy.Builder#tlsReload}.
 * Connections that are open stay as they are. New files that cannot be used change nothing but the log.
 *
 * <p>Files of certificates and keys are PEM (RFC 7468). Keys are RSA, EC or EdDSA keys in PKCS #8, encrypted or not, or
 * in the older forms of OpenSSL ({@code RSA PRIVATE KEY}, {@code EC PRIVATE KEY}), unencrypted. Key stores are of any
 * type that the JDK can tell by itself, like PKCS #12 and JKS.
 *
 * <p>Passwords are kept in memory as long as the proxy runs, and never shown.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 *
 * @param <S> the settings of one side
 */
public interface TlsSettings<S extends TlsSettings<S>> {

    /**
     * The own certificate, from PEM files.
     *
     * @param chain the certificate, followed by those of its issuers
     * @param key its private key, not encrypted; may be the same file
     * @return this
     */
    S certificate(Path chain, Path key);

    /**
     * The own certificate, from PEM files.
     *
     * @param chain the certificate, followed by those of its issuers
     * @param key its private key, encrypted; may be the same file
     * @param password the password of the key, copied
     * @return this
     */
    S certificate(Path chain, Path key, char[] password);

    /**
     * The own certificate, from a key store.
     *
     * @param store the key store; all its keys have the store's password
     * @param password the password, copied
     * @return this
     */
    S keyStore(Path store, char[] password);

    /**
     * Whom to trust, instead of the authorities that the JDK trusts.
     *
     * @param authorities a PEM file of certificates
     * @return this
     */
    S trust(Path authorities);

    /**
     * Whom to trust, instead of the authorities that the JDK trusts.
     *
     * @param store a key store whose certificates are trusted
     * @param password its password, copied
     * @return this
     */
    S trustStore(Path store, char[] password);

    /**
     * A context of the application, in place of everything above. It has to be initialised, and is not reloaded.
     *
     * @param context the context
     * @return this
     */
    S context(SSLContext context);

    /**
     * The versions to allow. Default: {@code TLSv1.3} and {@code TLSv1.2}.
     *
     * @param versions one or both of them
     * @return this
     */
    S protocols(String... versions);
}
