package io.amqproxy.impl.tls;

import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import org.jspecify.annotations.Nullable;

/** Says why TLS failed, in one line. */
public final class TlsFailureText {

    private static final int MAX_DEPTH = 16;

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
        // What the JDK says of a certificate whose issuer is not among the trusted ones.
        return text.contains("unable to find valid certification path")
                ? "the certificate's issuer is not trusted (" + text + ")"
                : text;
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
