package io.amqproxy.impl.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.KeyStoreSpi;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys and certificates that were read from PEM files, in the form that key and trust managers take. A store of one of
 * the JDK's types would need a provider that has the type and a password that pleases it, which where only approved
 * cryptography is allowed (FIPS 140) is not sure; this one never encrypts anything, as it is never written.
 */
@SuppressWarnings("JavaUtilDate") // What key stores have.
final class MemoryStore extends KeyStore {

    /** @param key null for certificates to trust */
    private record Entry(@Nullable PrivateKey key, List<? extends Certificate> chain, Date made) {}

    private MemoryStore(Spi entries) {
        super(entries, null, "memory");
    }

    private static KeyStore of(Map<String, Entry> entries) throws GeneralSecurityException {
        KeyStore store = new MemoryStore(new Spi(entries));
        try {
            store.load(null, null); // A store has to be told that it may be used.
        } catch (IOException e) {
            throw new KeyStoreException(e);
        }
        return store;
    }

    /** {@return a store with one key} */
    static KeyStore ofKey(PrivateKey key, List<? extends Certificate> chain) throws GeneralSecurityException {
        return of(Map.of("own", new Entry(key, chain, new Date())));
    }

    /** {@return a store with certificates to trust} */
    static KeyStore ofTrusted(List<? extends Certificate> certificates) throws GeneralSecurityException {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Certificate certificate : certificates) {
            entries.put("trusted-" + entries.size(), new Entry(null, List.of(certificate), new Date()));
        }
        return of(entries);
    }

    private static final class Spi extends KeyStoreSpi {
        private final Map<String, Entry> entries;

        private Spi(Map<String, Entry> entries) {
            this.entries = entries;
        }

        @Override
        public void engineLoad(@Nullable InputStream in, char @Nullable [] password) {}

        @Override
        public @Nullable Key engineGetKey(String alias, char @Nullable [] password) {
            Entry entry = entries.get(alias);
            return entry == null ? null : entry.key;
        }

        @Override
        public Certificate @Nullable [] engineGetCertificateChain(String alias) {
            Entry entry = entries.get(alias);
            return entry == null || entry.key == null ? null : entry.chain.toArray(new Certificate[0]);
        }

        @Override
        public @Nullable Certificate engineGetCertificate(String alias) {
            Entry entry = entries.get(alias);
            return entry == null ? null : entry.chain.get(0);
        }

        @Override
        public @Nullable Date engineGetCreationDate(String alias) {
            Entry entry = entries.get(alias);
            return entry == null ? null : (Date) entry.made.clone();
        }

        @Override
        public Enumeration<String> engineAliases() {
            return Collections.enumeration(entries.keySet());
        }

        @Override
        public boolean engineContainsAlias(String alias) {
            return entries.containsKey(alias);
        }

        @Override
        public int engineSize() {
            return entries.size();
        }

        @Override
        public boolean engineIsKeyEntry(String alias) {
            Entry entry = entries.get(alias);
            return entry != null && entry.key != null;
        }

        @Override
        public boolean engineIsCertificateEntry(String alias) {
            Entry entry = entries.get(alias);
            return entry != null && entry.key == null;
        }

        @Override
        public @Nullable String engineGetCertificateAlias(Certificate wanted) {
            return entries.entrySet().stream()
                    .filter(entry -> entry.getValue().chain.get(0).equals(wanted))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
        }

        // It does not change, and is not written.

        @Override
        public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void engineSetCertificateEntry(String alias, Certificate certificate) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void engineDeleteEntry(String alias) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void engineStore(OutputStream out, char[] password) {
            throw new UnsupportedOperationException();
        }
    }
}
