package io.amqproxy.impl.tls;

import io.amqproxy.impl.pem.BoundedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Security;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one {@link SSLContext} of an address to listen on, or of the upstream, made anew when its files change. Engines
 * that were made of an earlier one go on with it.
 *
 * <p>{@link #current} may be called by any thread, everything else by one thread at a time.
 */
final class ContextSource {

    private static final Logger log = LoggerFactory.getLogger(ContextSource.class);

    private final String purpose;
    private final @Nullable KeySource keys;
    private final TrustSource trust;
    private final List<Path> files;
    private volatile Made current;
    private String seen;

    /** A context and when the first of its own certificates ends, where that is known. */
    private record Made(SSLContext context, @Nullable Instant notAfter) {}

    /**
     * Reads the files for the first time.
     *
     * @param purpose what the context is for, for people
     * @param given the application's own context, or null to make one
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if what is in it cannot be used
     */
    ContextSource(String purpose, @Nullable SSLContext given, @Nullable KeySource keys, TrustSource trust)
            throws IOException, GeneralSecurityException {
        this.purpose = purpose;
        this.keys = keys;
        this.trust = trust;
        this.files = given != null
                ? List.of()
                : Stream.concat(keys == null ? Stream.of() : keys.files().stream(), trust.files().stream())
                        .distinct()
                        .toList();
        this.seen = digest();
        String advice = given == null ? EllipticCurves.advice(Security.getProviders("KeyFactory.EC")) : "";
        if (!advice.isEmpty()) {
            log.warn("TLS for {} may fail: {}", purpose, advice);
        }
        this.current = given != null ? new Made(given, null) : load();
    }

    SSLContext current() {
        return current.context();
    }

    /** {@return when the first of the own certificates ends, or null where that is not known} Any thread may ask. */
    @Nullable
    Instant notAfter() {
        return current.notAfter();
    }

    /** {@return what it is for, for people} */
    String purpose() {
        return purpose;
    }

    boolean isReloadable() {
        return !files.isEmpty();
    }

    /** Looks at the files, and makes a new context if they have changed; what cannot be used changes nothing. */
    void reloadIfChanged() {
        String now = digest();
        if (now.equals(seen)) {
            return;
        }
        seen = now;
        try {
            current = load();
            log.info("New certificates for {}, from {}", purpose, files);
        } catch (IOException | GeneralSecurityException | RuntimeException unusable) {
            log.warn(
                    "Changed files for {} cannot be used, the old ones stay in use: {}",
                    purpose,
                    unusable.getMessage());
        }
    }

    private Made load() throws IOException, GeneralSecurityException {
        KeySource own = keys;
        KeySource.Keys loaded = own == null ? null : own.load();
        KeyManager[] keyManagers = loaded == null ? new KeyManager[0] : loaded.managers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers, trust.load(), null);
        return new Made(context, loaded == null ? null : loaded.notAfter());
    }

    /** Of what is in the files, as times of change are coarse and links may point elsewhere. */
    private String digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update((byte) 0);
                try {
                    digest.update(BoundedFile.read(file));
                } catch (IOException unusable) {
                    digest.update((byte) 1);
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
