package io.amqproxy.impl.amqp10.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names of clients, which may be as long as a frame, as the proxy keeps them and says them to the broker. */
final class BoundedName {

    private static final int DIGEST_OCTETS = 16;

    private BoundedName() {}

    /**
     * {@return the name, or where it has more octets than this in UTF-8 its beginning and a digest of it, which tell it
     * from others}
     */
    static String of(String name, int most) {
        byte[] octets = name.getBytes(StandardCharsets.UTF_8);
        if (octets.length <= most) {
            return name;
        }
        int kept = most - 1 - 2 * DIGEST_OCTETS;
        while (isInsideOfACharacter(octets[kept])) {
            kept--;
        }
        return new String(octets, 0, kept, StandardCharsets.UTF_8) + '~' + digest(octets);
    }

    private static boolean isInsideOfACharacter(byte octet) {
        return (octet & 0xC0) == 0x80;
    }

    private static String digest(byte[] octets) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(octets);
            return HexFormat.of().formatHex(digest, 0, DIGEST_OCTETS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Each Java has it.
        }
    }
}
