package io.amqproxy.internal;

import org.jspecify.annotations.Nullable;

/**
 * Addresses as people write them (RFC 1123, section 2.1, and RFC 4291, section 2.2). Names are no addresses and are
 * never looked up.
 */
public final class IpText {

    private static final int V4_SIZE = 4;
    private static final int V6_SIZE = 16;
    private static final int GROUP_DIGITS = 4;
    private static final int HEX = 16;
    private static final int MAPPED_FROM = 12;

    private IpText() {}

    /**
     * {@return 4 or 16 octets, or null if this is no address} An IPv4 address that is mapped into IPv6 has 4, as
     * {@code InetAddress} sees it.
     *
     * @param text as people write an address; a name is none
     */
    public static byte @Nullable [] parse(String text) {
        return text.indexOf(':') < 0 ? v4(text) : unmapped(v6(text));
    }

    private static byte @Nullable [] v4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] octets = new byte[V4_SIZE];
        if (parts.length != V4_SIZE) {
            return null;
        }
        for (int i = 0; i < V4_SIZE; i++) {
            if (!parts[i].matches("0|[1-9][0-9]{0,2}")) {
                return null;
            }
            int value = Integer.parseInt(parts[i]);
            if (value > 0xFF) {
                return null;
            }
            octets[i] = (byte) value;
        }
        return octets;
    }

    private static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] all = groups(text, true);
            return all != null && all.length == V6_SIZE ? all : null;
        }
        byte[] head = groups(text.substring(0, gap), false);
        byte[] tail = groups(text.substring(gap + 2), true);
        if (head == null || tail == null || head.length + tail.length > V6_SIZE - 2) {
            return null;
        }
        byte[] all = new byte[V6_SIZE];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(tail, 0, all, V6_SIZE - tail.length, tail.length);
        return all;
    }

    /** Groups of hexadecimal digits; the last may be an IPv4 address where the whole address ends there. */
    private static byte @Nullable [] groups(String text, boolean isEnd) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        byte[] octets = new byte[2 * parts.length + 2];
        int at = 0;
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            byte[] v4 = isEnd && i == parts.length - 1 && part.indexOf('.') > 0 ? v4(part) : null;
            if (v4 != null) {
                System.arraycopy(v4, 0, octets, at, V4_SIZE);
                at += V4_SIZE;
            } else if (part.length() <= GROUP_DIGITS && part.matches("[0-9a-fA-F]+")) {
                int value = Integer.parseInt(part, HEX);
                octets[at++] = (byte) (value >>> Byte.SIZE);
                octets[at++] = (byte) value;
            } else {
                return null;
            }
        }
        return java.util.Arrays.copyOf(octets, at);
    }

    private static byte @Nullable [] unmapped(byte @Nullable [] v6) {
        if (v6 == null) {
            return null;
        }
        for (int i = 0; i < MAPPED_FROM; i++) {
            if (v6[i] != (i < MAPPED_FROM - 2 ? 0 : (byte) 0xFF)) {
                return v6;
            }
        }
        return java.util.Arrays.copyOfRange(v6, MAPPED_FROM, V6_SIZE);
    }
}
