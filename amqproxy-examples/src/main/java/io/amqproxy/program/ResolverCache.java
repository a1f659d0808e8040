package io.amqproxy.program;

import java.security.Security;

/**
 * How long the JVM remembers what a resolver has said. With its 30 s clients are held in vain, and then refused, after
 * the broker's name has moved to another address; so it is less here, unless it was set for this JVM.
 */
final class ResolverCache {

    static final String TTL = "networkaddress.cache.ttl";
    static final String NEGATIVE_TTL = "networkaddress.cache.negative.ttl";
    static final String SECONDS = "5";
    static final String NEGATIVE_SECONDS = "1";

    /** What the JDK's own file of properties has. */
    private static final String NEGATIVE_DEFAULT = "10";

    private ResolverCache() {}

    /** Before the first name is looked up: later it has no effect. */
    static void shorten() {
        if (Security.getProperty(TTL) == null && System.getProperty("sun.net.inetaddr.ttl") == null) {
            Security.setProperty(TTL, SECONDS);
        }
        if (NEGATIVE_DEFAULT.equals(Security.getProperty(NEGATIVE_TTL))
                && System.getProperty("sun.net.inetaddr.negative.ttl") == null) {
            Security.setProperty(NEGATIVE_TTL, NEGATIVE_SECONDS);
        }
    }
}
