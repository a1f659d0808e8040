package io.amqproxy.impl.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.testkit.Authority;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreSpi;
import java.security.Provider;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PEM files are used also where no type of key store can be, as in approved-only providers of cryptography. */
class MemoryStoreTest {

    private static final String NAME = "without-key-stores";

    @TempDir
    private Path directory;

    @BeforeEach
    void withoutKeyStores() {
        Provider provider = new Provider(NAME, "1", "refuses all types of key stores") {
            private static final long serialVersionUID = 1L;
        };
        for (String type : Security.getAlgorithms("KeyStore")) {
            provider.put("KeyStore." + type, Refusing.class.getName());
        }
        Security.insertProviderAt(provider, 1);
        assertThatThrownBy(() -> KeyStore.getInstance("PKCS12").load(null, null))
                .hasMessage(NAME);
    }

    @AfterEach
    void withKeyStores() {
        Security.removeProvider(NAME);
    }

    @Test
    void anOwnCertificateIsTakenFromPemFiles() throws Exception {
        Authority.Issued own = Authority.named("authority").issue("own");
        Path key = own.writeKey(directory.resolve("key.pem"));
        Path certificate = own.writeCertificate(directory.resolve("own.pem"));

        X509ExtendedKeyManager manager = (X509ExtendedKeyManager)
                KeySource.pem(certificate, key, null).load().managers()[0];

        String algorithm = own.key().getAlgorithm();
        String alias = manager.chooseEngineServerAlias(algorithm, null, null);
        assertThat(manager.getPrivateKey(alias)).isEqualTo(own.key());
        assertThat(manager.getCertificateChain(alias)).contains(own.certificate());
    }

    @Test
    void whomToTrustIsTakenFromPemFiles() throws Exception {
        Authority one = Authority.named("one");
        Authority other = Authority.named("other");
        Authority.Issued peer = one.issue("peer");
        Path file = one.writeCertificate(directory.resolve("authorities.pem"));

        X509TrustManager manager = (X509TrustManager) TrustSource.pem(file).load()[0];

        String algorithm = peer.key().getAlgorithm();
        manager.checkClientTrusted(new X509Certificate[] {peer.certificate()}, algorithm);
        assertThatThrownBy(() -> manager.checkClientTrusted(
                        new X509Certificate[] {other.issue("peer").certificate()}, algorithm))
                .isInstanceOf(CertificateException.class);
    }

    /** Takes nothing. */
    public static final class Refusing extends KeyStoreSpi {
        @Override
        public void engineLoad(InputStream in, char[] password) throws IOException {
            throw new IOException(NAME);
        }

        @Override
        public void engineStore(OutputStream out, char[] password) {}

        @Override
        public @Nullable Key engineGetKey(String alias, char[] password) {
            return null;
        }

        @Override
        public Certificate @Nullable [] engineGetCertificateChain(String alias) {
            return null;
        }

        @Override
        public @Nullable Certificate engineGetCertificate(String alias) {
            return null;
        }

        @Override
        public @Nullable Date engineGetCreationDate(String alias) {
            return null;
        }

        @Override
        public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {}

        @Override
        public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {}

        @Override
        public void engineSetCertificateEntry(String alias, Certificate certificate) {}

        @Override
        public void engineDeleteEntry(String alias) {}

        @Override
        public Enumeration<String> engineAliases() {
            return Collections.emptyEnumeration();
        }

        @Override
        public boolean engineContainsAlias(String alias) {
            return false;
        }

        @Override
        public int engineSize() {
            return 0;
        }

        @Override
        public boolean engineIsKeyEntry(String alias) {
            return false;
        }

        @Override
        public boolean engineIsCertificateEntry(String alias) {
            return false;
        }

        @Override
        public @Nullable String engineGetCertificateAlias(Certificate certificate) {
            return null;
        }
    }
}
