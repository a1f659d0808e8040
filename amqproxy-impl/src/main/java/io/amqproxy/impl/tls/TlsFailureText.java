package io.amqproxy.impl.tls;

import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says why TLS failed, in one line. */
public final class TlsFailureText {

    private static final int MAX_DEPTH = 16;

    /** What the JDK says, and what happened. */
    private static final Map<String, String> MEANINGS = Map.of(
            "unable to find valid certification path", "the certificate's issuer is not trusted",
            "Empty client certificate chain", "the client shows no certificate",
            "plaintext connection", "the peer does not speak TLS",
            // An alert of two octets that is not encrypted, as its sender has no keys yet.
            "Needs to be more than tag size",
                    "the peer breaks the handshake off, as it may where it does not trust the certificate");

    private TlsFailureText() {}

    /** The innermost cause, which is the one that says something; never the content of a file. */
    public static String of(Throwable failure) {
        Throwable cause = innermost(failure);
        if (cause instanceof CertificateExpiredException) {
            return "the certificate has expired (" + cause.getMessage() + ")";
        }
        if (cause instanceof CertificateNotYetValidException) {
            return "the certificate is not valid yet (" + cause.getMessage() + ")";
        }
        String text = text(cause);
        for (Map.Entry<String, String> known : MEANINGS.entrySet()) {
            if (text.contains(known.getKey())) {
                return known.getValue() + " (" + text + ")";
            }
        }
        return text;
    }

    private static Throwable innermost(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            Throwable next = cause.getCause();
            if (next == null || text(next).isEmpty()) {
                return cause;
            }
            cause = next;
        }
        return cause;
    }

    private static String text(@Nullable Throwable failure) {
        if (failure == null) {
            return "";
        }
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
