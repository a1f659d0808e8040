package io.amqproxy.impl.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.testkit.Authority;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as other programs write them. */
class PemFileTest {

    private static final char[] PASSWORD = "s3cret".toCharArray();

    @TempDir
    private Path directory;

    private final Authority authority = Authority.named("test authority");

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void keysInPkcs8AreRead(String algorithm) throws Exception {
        Authority.Issued issued = authority.issueFor(algorithm, "somebody");
        Path file = issued.writeKey(directory.resolve("key.pem"));

        assertThat(Files.readString(file)).startsWith("-----BEGIN PRIVATE KEY-----");
        assertThat(PemFile.privateKey(file, null)).isEqualTo(issued.key());
    }

    /** What OpenSSL wrote before its version 3. */
    @Test
    void olderRsaKeysAreRead() throws Exception {
        PrivateKey key = authority.issueFor("RSA", "somebody").key();
        Path file = write(key);

        assertThat(Files.readString(file)).startsWith("-----BEGIN RSA PRIVATE KEY-----");
        assertThat(PemFile.privateKey(file, null)).isEqualTo(key);
    }

    @Test
    void olderEcKeysAreRead() throws Exception {
        ECPrivateKey key = (ECPrivateKey) authority.issue("somebody").key();
        byte[] sec1 = new org.bouncycastle.asn1.sec.ECPrivateKey(256, key.getS(), X9ObjectIdentifiers.prime256v1)
                .getEncoded();
        Path file = write(new PemObject("EC PRIVATE KEY", sec1));

        ECPrivateKey read = (ECPrivateKey) PemFile.privateKey(file, null);
        assertThat(read.getS()).isEqualTo(key.getS());
        assertThat(read.getParams().getCurve()).isEqualTo(key.getParams().getCurve());
    }

    @ParameterizedTest
    @ValueSource(strings = {"AES-256", "AES-128", "3DES"})
    void encryptedKeysAreRead(String cipher) throws Exception {
        PrivateKey key = authority.issueFor("RSA", "somebody").key();
        Path file = write(encrypted(key, cipher));

        assertThat(Files.readString(file)).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
        assertThat(PemFile.privateKey(file, PASSWORD)).isEqualTo(key);
    }

    @Test
    void aMissingOrWrongPasswordIsSaidWithoutRepeatingIt() throws Exception {
        Path file = write(encrypted(authority.issue("somebody").key(), "AES-256"));

        assertThatThrownBy(() -> PemFile.privateKey(file, null))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("it is encrypted, and no password was given");
        assertThatThrownBy(() -> PemFile.privateKey(file, "n0tthis".toCharArray()))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("wrong password")
                .hasNoCause()
                .satisfies(failure -> assertThat(failure.toString()).doesNotContain("n0tthis"));
    }

    @Test
    void keysThatAreEncryptedInTheOldWayAreRefusedByThatName() throws Exception {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(
                    authority.issueFor("RSA", "somebody").key(),
                    new JcePEMEncryptorBuilder("AES-256-CBC")
                            .setProvider(new BouncyCastleProvider())
                            .build(PASSWORD));
        }
        Path file = Files.writeString(directory.resolve("old.pem"), text.toString());

        assertThatThrownBy(() -> PemFile.privateKey(file, PASSWORD))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ENCRYPTED PRIVATE KEY");
    }

    @Test
    void oneFileMayHoldAllWithTextInBetween() throws Exception {
        Authority.Issued issued = authority.issue("somebody");
        Path file = directory.resolve("all.pem");
        String certificate = Files.readString(issued.writeCertificate(file));
        String issuer = Files.readString(authority.writeCertificate(file));
        String key = Files.readString(issued.writeKey(file));
        Files.writeString(
                file,
                "Bag Attributes: M\u00fcller\nsubject=CN=somebody\n" + certificate + "key:\r\n"
                        + key.replace("\n", "\r\n") + "issuer=CN=-----\n" + issuer,
                StandardCharsets.ISO_8859_1);

        assertThat(PemFile.certificates(file)).containsExactly(issued.certificate(), authority.certificate());
        assertThat(PemFile.privateKey(file, null)).isEqualTo(issued.key());
    }

    @Test
    void whatIsMissingIsSaidByTheFilesName() throws Exception {
        Path empty = Files.createFile(directory.resolve("empty.pem"));

        assertThatThrownBy(() -> PemFile.certificates(empty)).hasMessageContaining("empty.pem has no certificate");
        assertThatThrownBy(() -> PemFile.privateKey(empty, null)).hasMessageContaining("empty.pem has no private key");
        assertThatThrownBy(() -> PemFile.certificates(directory.resolve("nowhere.pem")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nowhere.pem");
    }

    @Test
    void aKeyThatIsCutOrChangedAnywhereIsRefusedWithoutRepeatingIt() throws Exception {
        byte[] der = authority.issue("somebody").key().getEncoded();
        String body = Base64.getEncoder().encodeToString(der);
        for (String label : new String[] {"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"}) {
            for (int length = 0; length < der.length; length++) {
                byte[] cut = Arrays.copyOf(der, length);
                Path file = write(new PemObject(label, cut));
                assertThatThrownBy(() -> PemFile.privateKey(file, PASSWORD))
                        .isInstanceOf(GeneralSecurityException.class)
                        .hasNoCause();
            }
        }
        Path noBase64 = Files.writeString(
                directory.resolve("no-base64.pem"),
                "-----BEGIN PRIVATE KEY-----\n" + body.substring(3) + "\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> PemFile.privateKey(noBase64, null)).satisfies(failure -> {
            for (Throwable one = failure; one != null; one = one.getCause()) {
                assertThat(one.toString()).doesNotContain(body.substring(20, 28));
            }
        });
    }

    private Path write(Object content) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(content);
        }
        return Files.writeString(directory.resolve("key.pem"), text.toString());
    }

    private static JcaPKCS8Generator encrypted(PrivateKey key, String cipher) throws Exception {
        ASN1ObjectIdentifier algorithm = switch (cipher) {
            case "AES-256" -> PKCS8Generator.AES_256_CBC;
            case "AES-128" -> PKCS8Generator.AES_128_CBC;
            default -> PKCS8Generator.PBE_SHA1_3DES;
        };
        return new JcaPKCS8Generator(
                key,
                new JceOpenSSLPKCS8EncryptorBuilder(algorithm)
                        .setProvider(new BouncyCastleProvider())
                        .setPRF(PKCS8Generator.PRF_HMACSHA256)
                        .setPassword(PASSWORD)
                        .build());
    }
}
