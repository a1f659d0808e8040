package io.amqproxy.impl.tls;

import io.amqproxy.impl.pem.PemFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/** Where the own certificate and its key are read from. */
interface KeySource {

    /**
     * What was read.
     *
     * @param notAfter when the first of the certificates ends
     */
    @SuppressWarnings("ArrayRecordComponent") // As the JDK takes it; nobody compares them.
    record Keys(KeyManager[] managers, Instant notAfter) {}

    /** The files to watch for changes. */
    List<Path> files();

    /**
     * Reads them.
     *
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if what is in it cannot be used
     */
    Keys load() throws IOException, GeneralSecurityException;

    /** Two PEM files, which may be the same. */
    static KeySource pem(Path chain, Path key, char @Nullable [] password) {
        return new KeySource() {
            @Override
            public List<Path> files() {
                return Stream.of(chain, key).distinct().toList();
            }

            @Override
            public Keys load() throws IOException, GeneralSecurityException {
                List<X509Certificate> certificates = PemFile.certificates(chain);
                PrivateKey privateKey = PemFile.privateKey(key, password);
                KeyPairs.check(privateKey, certificates.get(0), key, chain);
                return managers(MemoryStore.ofKey(privateKey, certificates), new char[0]);
            }
        };
    }

    /** A key store with one key at least. */
    static KeySource store(Path file, char[] password) {
        return new KeySource() {
            @Override
            public List<Path> files() {
                return List.of(file);
            }

            @Override
            public Keys load() throws IOException, GeneralSecurityException {
                return managers(KeyStores.load(file, password), password);
            }
        };
    }

    private static Keys managers(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return new Keys(factory.getKeyManagers(), notAfter(store));
    }

    private static Instant notAfter(KeyStore store) throws GeneralSecurityException {
        Instant first = Instant.MAX;
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias) && store.getCertificate(alias) instanceof X509Certificate own) {
                Instant end = own.getNotAfter().toInstant();
                first = end.isBefore(first) ? end : first;
            }
        }
        return first;
    }
}
