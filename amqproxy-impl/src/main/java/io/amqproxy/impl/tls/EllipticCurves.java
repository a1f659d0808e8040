package io.amqproxy.impl.tls;

import java.security.Provider;
import org.jspecify.annotations.Nullable;

/**
 * Whether this Java has elliptic curves, without which TLS does not work with most peers. A runtime that {@code jlink}
 * made of the modules that the proxy needs does not have them, and what the JDK says then helps nobody.
 */
public final class EllipticCurves {

    private EllipticCurves() {}

    /**
     * {@return what to do about it, or nothing where they are there}
     *
     * @param providers those that have keys of elliptic curves; the JDK says null where there are none
     */
    public static String advice(Provider @Nullable [] providers) {
        return providers == null
                ? "this Java has no elliptic curves: an image of jlink needs --add-modules jdk.crypto.ec"
                : "";
    }
}
