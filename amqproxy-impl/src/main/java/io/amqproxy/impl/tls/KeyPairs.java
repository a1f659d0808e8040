package io.amqproxy.impl.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

/** Whether a key belongs to a certificate; while files are replaced one after the other it does not. */
final class KeyPairs {

    private static final byte[] PROBE = {1, 2, 3};

    private KeyPairs() {}

    static void check(PrivateKey key, X509Certificate certificate, Path keyFile, Path certificateFile)
            throws GeneralSecurityException {
        PublicKey publicKey = certificate.getPublicKey();
        if (!fits(key, publicKey)) {
            throw new CertificateException(
                    "the key in " + keyFile + " does not belong to the first certificate in " + certificateFile);
        }
    }

    private static boolean fits(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
            default -> null;
        };
        if (algorithm == null) {
            return key.getAlgorithm().equals(publicKey.getAlgorithm());
        }
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (java.security.InvalidKeyException | java.security.SignatureException anotherKind) {
            return false;
        }
    }
}
