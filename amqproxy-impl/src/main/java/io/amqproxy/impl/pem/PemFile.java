package io.amqproxy.impl.pem;

import io.amqproxy.impl.pem.PemBlocks.Block;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and private keys of PEM files.
 *
 * <p>Keys are PKCS #8 (RFC 5958), encrypted (RFC 8018) or not, PKCS #1 (RFC 8017, appendix A.1.2) or SEC 1 (RFC 5915).
 * Exceptions name the file and what is wrong, never what is in it.
 */
public final class PemFile {

    private static final String PBES2 = "1.2.840.113549.1.5.13";
    private static final byte[] VERSION_0 = {Der.INTEGER, 1, 0};
    private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private PemFile() {}

    /**
     * All certificates of a file, in its order.
     *
     * @return at least one
     * @throws IOException if the file cannot be read
     * @throws GeneralSecurityException if it has no certificate, or a malformed one
     */
    public static List<X509Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : PemBlocks.of(file)) {
            if (block.label().endsWith("CERTIFICATE")) {
                try {
                    certificates.add(
                            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
                } catch (CertificateException malformed) {
                    throw new CertificateException(file + " has a malformed certificate", malformed);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new CertificateException(file + " has no certificate");
        }
        return certificates;
    }

    /**
     * The first private key of a file.
     *
     * @param password needed for an encrypted key only
     * @throws IOException if the file cannot be read
     * @throws GeneralSecurityException if it has no key, an unknown kind of key, or the password is wrong
     */
    public static PrivateKey privateKey(Path file, char @Nullable [] password)
            throws IOException, GeneralSecurityException {
        for (Block block : PemBlocks.of(file)) {
            if (block.label().endsWith("PRIVATE KEY")) {
                try {
                    return privateKey(pkcs8(block, password));
                } catch (GeneralSecurityException | IOException unusable) {
                    // Without the cause: that of a malformed key may quote it.
                    throw new InvalidKeySpecException(file + " has a private key that cannot be used: "
                            + (unusable instanceof Unusable
                                    ? unusable.getMessage()
                                    : "malformed, or a wrong password"));
                }
            }
        }
        throw new InvalidKeySpecException(file + " has no private key");
    }

    /** A reason that may be shown. */
    private static final class Unusable extends GeneralSecurityException {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    private static PKCS8EncodedKeySpec pkcs8(Block block, char @Nullable [] password)
            throws GeneralSecurityException, IOException {
        return switch (block.label()) {
            case "PRIVATE KEY" -> new PKCS8EncodedKeySpec(block.der());
            case "ENCRYPTED PRIVATE KEY" -> decrypt(block.der(), password);
            case "RSA PRIVATE KEY" -> wrap(RSA, block.der());
            case "EC PRIVATE KEY" -> wrapEc(block.der());
            default -> throw new Unusable("it is a " + block.label());
        };
    }

    private static PKCS8EncodedKeySpec wrap(byte[] algorithm, byte[] key) {
        return new PKCS8EncodedKeySpec(Der.element(
                Der.SEQUENCE, VERSION_0, Der.element(Der.SEQUENCE, algorithm), Der.element(Der.OCTET_STRING, key)));
    }

    /** SEC 1 names the curve inside of the key ({@code parameters [0]}), PKCS #8 outside. */
    private static PKCS8EncodedKeySpec wrapEc(byte[] key) throws GeneralSecurityException {
        Der parts = new Der(key).next(Der.SEQUENCE);
        parts.next(Der.INTEGER);
        parts.next(Der.OCTET_STRING);
        if (!parts.hasNext() || parts.tag() != 0xA0) {
            throw new Unusable("it does not name its curve");
        }
        byte[] curve = parts.next().rest();
        byte[] algorithm = new byte[EC.length + curve.length];
        System.arraycopy(EC, 0, algorithm, 0, EC.length);
        System.arraycopy(curve, 0, algorithm, EC.length, curve.length);
        return wrap(algorithm, key);
    }

    private static PKCS8EncodedKeySpec decrypt(byte[] der, char @Nullable [] password)
            throws GeneralSecurityException, IOException {
        if (password == null) {
            throw new Unusable("it is encrypted, and no password was given");
        }
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
        // PBES2 is a frame for many algorithms; JDK 17 tells which one only as the text of the parameters.
        String name = info.getAlgName();
        String algorithm = name.equals("PBES2") || name.equals(PBES2)
                ? info.getAlgParameters().toString()
                : name;
        PBEKeySpec spec = new PBEKeySpec(password);
        try {
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
                    info.getAlgParameters());
            return info.getKeySpec(cipher);
        } finally {
            spec.clearPassword();
        }
    }

    private static PrivateKey privateKey(PKCS8EncodedKeySpec spec) throws GeneralSecurityException {
        Der parts = new Der(spec.getEncoded()).next(Der.SEQUENCE);
        parts.next(Der.INTEGER);
        String oid = HexFormat.of()
                .formatHex(parts.next(Der.SEQUENCE).next(Der.OBJECT_IDENTIFIER).rest());
        String algorithm = switch (oid) {
            case "2a864886f70d010101" -> "RSA";
            case "2a864886f70d01010a" -> "RSASSA-PSS";
            case "2a8648ce3d0201" -> "EC";
            case "2b6570" -> "Ed25519";
            case "2b6571" -> "Ed448";
            default -> throw new Unusable("it is neither an RSA nor an EC nor an EdDSA key");
        };
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
    }
}
