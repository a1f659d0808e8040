package io.amqproxy.testkit;

import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** What a Java client needs for TLS with certificates of an {@link Authority}. */
public final class TlsClients {

    private TlsClients() {}

    /**
     * A context.
     *
     * @param trusted whose certificates to trust
     * @param own what to show, or null for nothing
     */
    public static SSLContext context(Authority trusted, Authority.@Nullable Issued own) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(keyStore(own), new char[0]);
            context.init(keys.getKeyManagers(), trustManagers(trusted), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A context that counts how many certificates of servers it has verified: none when a session is resumed. */
    public static SSLContext counting(Authority trusted, AtomicInteger verified) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            X509ExtendedTrustManager real = (X509ExtendedTrustManager) trustManagers(trusted)[0];
            context.init(null, new TrustManager[] {new Counting(real, verified)}, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A factory for guest's connections to 127.0.0.1 that verifies the host. */
    public static ConnectionFactory factory(int port, SSLContext context) {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.useSslProtocol(context);
        factory.enableHostnameVerification();
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    private static KeyStore keyStore(Authority.@Nullable Issued own) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        if (own != null) {
            store.setKeyEntry("own", own.key(), new char[0], new X509Certificate[] {own.certificate()});
        }
        return store;
    }

    private static TrustManager[] trustManagers(Authority trusted) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("trusted", trusted.certificate());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static final class Counting extends X509ExtendedTrustManager {

        private final X509ExtendedTrustManager real;
        private final AtomicInteger verified;

        Counting(X509ExtendedTrustManager real, AtomicInteger verified) {
            this.real = real;
            this.verified = verified;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws java.security.cert.CertificateException {
            verified.incrementAndGet();
            real.checkServerTrusted(chain, authType, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, java.net.Socket socket)
                throws java.security.cert.CertificateException {
            verified.incrementAndGet();
            real.checkServerTrusted(chain, authType, socket);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, java.net.Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return real.getAcceptedIssuers();
        }
    }
}
