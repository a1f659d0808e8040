package io.amqproxy.impl.tls;

import java.nio.ByteBuffer;
import java.security.AlgorithmConstraints;
import java.security.AlgorithmParameters;
import java.security.CryptoPrimitive;
import java.security.Key;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Has a client show that it is there before keys are agreed on and anything is signed, which is nearly all that a
 * handshake costs: a HelloRetryRequest (RFC 8446, sections 4.1.4 and 4.2.2) asks for a key of another group that the
 * client knows. Whoever only sends a first message and says nothing more costs a fortieth then; everybody else takes a
 * round trip more. The JDK's engines send one where nothing that the client has sent a key for is allowed, so that is
 * what they are told, for that one message.
 *
 * <p>Until TLS 1.3 there is no such thing.
 */
public final class HelloRetry implements AlgorithmConstraints {

    /** The names that the JDK has for groups (RFC 8446, section 4.2.7). */
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(0x0017, "secp256r1"),
            Map.entry(0x0018, "secp384r1"),
            Map.entry(0x0019, "secp521r1"),
            Map.entry(0x001D, "x25519"),
            Map.entry(0x001E, "x448"),
            Map.entry(0x0100, "ffdhe2048"),
            Map.entry(0x0101, "ffdhe3072"),
            Map.entry(0x0102, "ffdhe4096"),
            Map.entry(0x0103, "ffdhe6144"),
            Map.entry(0x0104, "ffdhe8192"),
            Map.entry(0x11EB, "SecP256r1MLKEM768"),
            Map.entry(0x11EC, "X25519MLKEM768"),
            Map.entry(0x11ED, "SecP384r1MLKEM1024"));

    /** Those that every JDK has and that cost little, in this order. */
    private static final Set<Integer> ASKED_FOR = Set.of(0x0017, 0x0018, 0x001D);

    /** Where somebody has chosen the JDK's groups, there may be none to ask for. */
    private static final String GROUPS = "jdk.tls.namedGroups";

    private volatile Set<String> refused = Set.of();

    private HelloRetry() {}

    /** {@return what makes an engine ask its client again, or null where that cannot be done} */
    public static @Nullable HelloRetry on(SSLEngine engine) {
        if (engine.getClass().getModule() != Object.class.getModule() || System.getProperty(GROUPS) != null) {
            return null;
        }
        HelloRetry retry = new HelloRetry();
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setAlgorithmConstraints(retry);
        engine.setSSLParameters(parameters);
        return retry;
    }

    /**
     * Says that the client is to be asked again, if that is possible.
     *
     * @param firstMessage what it has sent; the position stays
     * @return whether it is
     */
    public boolean ask(ByteBuffer firstMessage) {
        ClientHello hello = ClientHello.read(firstMessage);
        Set<Integer> left = new HashSet<>(hello.known());
        left.removeAll(hello.shared());
        left.retainAll(ASKED_FOR);
        if (hello.shared().isEmpty() || left.isEmpty()) {
            return false;
        }
        Set<String> names = new HashSet<>();
        hello.shared().stream().filter(NAMES::containsKey).map(NAMES::get).forEach(names::add);
        refused = names;
        return true;
    }

    /** The engine has asked, or does so no more. */
    public void asked() {
        refused = Set.of();
    }

    @Override
    public boolean permits(
            Set<CryptoPrimitive> primitives, String algorithm, @Nullable AlgorithmParameters parameters) {
        return !refused.contains(algorithm);
    }

    @Override
    public boolean permits(Set<CryptoPrimitive> primitives, Key key) {
        return true;
    }

    @Override
    public boolean permits(
            Set<CryptoPrimitive> primitives, String algorithm, Key key, @Nullable AlgorithmParameters parameters) {
        return true;
    }
}
