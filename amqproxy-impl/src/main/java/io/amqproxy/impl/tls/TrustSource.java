package io.amqproxy.impl.tls;

import io.amqproxy.impl.pem.PemFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Where it is read from whom to trust. */
interface TrustSource {

    /** The files to watch for changes; none where it is not read from files. */
    default List<Path> files() {
        return List.of();
    }

    /**
     * Reads them.
     *
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if what is in it cannot be used
     */
    TrustManager[] load() throws IOException, GeneralSecurityException;

    /** The authorities that the JDK trusts. */
    TrustSource JDK = new TrustSource() {
        @Override
        public TrustManager[] load() throws GeneralSecurityException {
            return managers(null);
        }
    };

    /** Nobody, for who asks for no certificates; the JDK's authorities cannot be read everywhere. */
    TrustSource NOBODY = new TrustSource() {
        @Override
        public TrustManager[] load() {
            return new TrustManager[0];
        }
    };

    /** Everybody, by whatever name. */
    TrustSource EVERYBODY = new TrustSource() {
        @Override
        public TrustManager[] load() {
            return new TrustManager[] {new TrustEverybody()};
        }
    };

    /** The certificates of a PEM file. */
    static TrustSource pem(Path file) {
        return new TrustSource() {
            @Override
            public List<Path> files() {
                return List.of(file);
            }

            @Override
            public TrustManager[] load() throws IOException, GeneralSecurityException {
                return managers(MemoryStore.ofTrusted(PemFile.certificates(file)));
            }
        };
    }

    /** The certificates of a key store. */
    static TrustSource store(Path file, char[] password) {
        return new TrustSource() {
            @Override
            public List<Path> files() {
                return List.of(file);
            }

            @Override
            public TrustManager[] load() throws IOException, GeneralSecurityException {
                KeyStore store = KeyStores.load(file, password);
                if (store.size() == 0) {
                    throw new KeyStoreException(file + " has no certificate");
                }
                return managers(store);
            }
        };
    }

    private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
