package io.amqproxy.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of one test, which makes certificates on the fly. Its keys are EC keys, which are quick. */
public final class Authority {

    private static final AtomicLong SERIALS = new AtomicLong(1);
    private static final Duration DAY = Duration.ofDays(1);

    /**
     * A certificate with its key.
     *
     * @param certificate the certificate
     * @param key its private key
     */
    public record Issued(X509Certificate certificate, PrivateKey key) {

        /** Writes the certificate; an old file is replaced at once, not bit by bit. */
        public Path writeCertificate(Path file) {
            return write(file, certificate);
        }

        /** Writes the key as unencrypted PKCS #8, in the same way. */
        public Path writeKey(Path file) {
            try {
                return write(file, new JcaPKCS8Generator(key, null));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Writes both as a key store (PKCS #12). */
        public Path writeKeyStore(Path file, String password) {
            try (OutputStream out = Files.newOutputStream(file)) {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                store.setKeyEntry("own", key, password.toCharArray(), new X509Certificate[] {certificate});
                store.store(out, password.toCharArray());
                return file;
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static Path write(Path file, Object content) {
            try {
                StringWriter text = new StringWriter();
                try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
                    pem.writeObject(content);
                }
                Path beside = file.resolveSibling(file.getFileName() + ".new");
                Files.writeString(beside, text.toString());
                return Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final KeyPair keys;
    private final X509Certificate certificate;

    private Authority(String name) {
        X500Principal subject = new X500Principal("CN=" + name);
        this.keys = newKeys("EC");
        this.certificate =
                sign(subject, subject, keys, keys.getPrivate(), Instant.now().plus(DAY), true);
    }

    /** A new authority, which nobody trusts yet. */
    public static Authority named(String name) {
        return new Authority(name);
    }

    /** Its own certificate, for those that are to trust it. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** Writes its own certificate. */
    public Path writeCertificate(Path file) {
        return new Issued(certificate, keys.getPrivate()).writeCertificate(file);
    }

    /** A certificate that is valid now, for these names or addresses. */
    public Issued issue(String subject, String... hosts) {
        return issue("EC", subject, Instant.now().plus(DAY), hosts);
    }

    /** A certificate whose time was over an hour ago. */
    public Issued issueExpired(String subject, String... hosts) {
        return issue("EC", subject, Instant.now().minus(Duration.ofHours(1)), hosts);
    }

    /** A certificate for a key of another algorithm. */
    public Issued issueFor(String algorithm, String subject, String... hosts) {
        return issue(algorithm, subject, Instant.now().plus(DAY), hosts);
    }

    private Issued issue(String algorithm, String subject, Instant until, String... hosts) {
        KeyPair own = newKeys(algorithm);
        X509Certificate issued = sign(
                new X500Principal("CN=" + subject),
                certificate.getSubjectX500Principal(),
                own,
                keys.getPrivate(),
                until,
                false,
                hosts);
        return new Issued(issued, own.getPrivate());
    }

    private static KeyPair newKeys(String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (!algorithm.startsWith("Ed")) {
                generator.initialize(algorithm.equals("EC") ? 256 : 2048);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate sign(
            X500Principal subject,
            X500Principal issuer,
            KeyPair own,
            PrivateKey issuersKey,
            Instant until,
            boolean isAuthority,
            String... hosts) {
        try {
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(SERIALS.getAndIncrement()),
                    Date.from(Instant.now().minus(DAY)),
                    Date.from(until),
                    subject,
                    own.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            if (hosts.length > 0) {
                GeneralName[] names = Arrays.stream(hosts).map(Authority::name).toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuersKey)));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralName name(String host) {
        boolean isAddress = host.contains(":") || Character.isDigit(host.charAt(0));
        return new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, host);
    }
}
