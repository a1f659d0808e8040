package io.amqproxy.impl.tls;

import io.amqproxy.impl.pem.BoundedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;

/** Reads key stores of whatever type. */
final class KeyStores {

    private KeyStores() {}

    /**
     * Reads a key store.
     *
     * @throws IOException if there is no such file, or it is not of a kind and size that can be a key store
     * @throws GeneralSecurityException if it is no key store, or the password is wrong
     */
    static KeyStore load(Path file, char[] password) throws IOException, GeneralSecurityException {
        BoundedFile.check(file);
        try {
            return KeyStore.getInstance(file.toFile(), password);
        } catch (IOException | KeyStoreException unusable) {
            throw new KeyStoreException(file + " is no key store, or the password is wrong", unusable);
        }
    }
}
