package io.amqproxy.impl.net;

import io.amqproxy.internal.IpText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a load balancer says of its client before the client's own bytes: the PROXY protocol, versions 1 and 2
 * (HAProxy, "The PROXY protocol", 2020/03/05). It takes octets as they come, however they are split, and never one
 * beyond the header.
 *
 * <pre>
 *   version 1: PROXY TCP4|TCP6|UNKNOWN [source destination source-port destination-port]\r\n   at most 107 octets
 *
 *   version 2: signature (12) | version 2, command (1) | family, transport (1) | length (2) | addresses | TLVs
 * </pre>
 */
public final class ProxyProtocolDecoder {

    /** What is known after some octets. */
    public enum Status {
        INCOMPLETE,
        COMPLETE,
        MALFORMED
    }

    private static final byte[] V1_PREFIX = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] V2_SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};
    private static final int V1_MAX = 107;
    /** The shortest is {@code PROXY UNKNOWN\r\n}. */
    private static final int V1_MIN = 15;

    private static final int V2_COMMAND = 12;
    private static final int V2_FAMILY = 13;
    private static final int V2_LENGTH = 14;
    private static final int V2_HEAD = 16;
    private static final int V4_SIZE = 4;
    private static final int V6_SIZE = 16;
    private static final int UNIX_SIZE = 108;
    private static final int MAX_PORT = 65_535;

    private final byte[] head = new byte[V1_MAX];
    private int count;
    private boolean isV2;
    /** Octets of version 2 behind those that are kept, to be skipped. */
    private int toSkip;

    private Status status = Status.INCOMPLETE;
    private byte @Nullable [] source;
    private int port;

    /**
     * {@return how many octets are to come at least} As many may be read without reading anything of the client's. 0
     * once the status is not {@link Status#INCOMPLETE}.
     */
    public int missing() {
        if (status != Status.INCOMPLETE) {
            return 0;
        }
        if (!isV2) {
            int least = head[Math.max(0, count - 1)] == '\r' ? 1 : 2;
            return count == 0 ? V1_MIN : Math.max(V1_MIN - count, least);
        }
        return count < V2_HEAD ? V2_HEAD - count : kept() - count + toSkip;
    }

    /** Takes octets from the buffer's position on, up to the end of the header at most. */
    public Status take(ByteBuffer in) {
        while (status == Status.INCOMPLETE && in.hasRemaining()) {
            if (isV2 && count >= V2_HEAD && count == kept()) {
                int skipped = Math.min(toSkip, in.remaining());
                in.position(in.position() + skipped);
                toSkip -= skipped;
                if (toSkip == 0) {
                    finishV2();
                }
            } else {
                takeOctet(in.get());
            }
        }
        return status;
    }

    /** {@return the client's address, or null where the header does not say it: the socket's own is meant} */
    public byte @Nullable [] source() {
        return source;
    }

    /** {@return the client's port, if there is an address} */
    public int port() {
        return port;
    }

    private void takeOctet(byte octet) {
        head[count] = octet;
        if (count == 0) {
            isV2 = octet == V2_SIGNATURE[0];
        }
        byte[] prefix = isV2 ? V2_SIGNATURE : V1_PREFIX;
        if (count < prefix.length && octet != prefix[count]) {
            status = Status.MALFORMED;
            return;
        }
        count++;
        if (isV2) {
            onOctetOfV2();
        } else if (octet == '\n') {
            status = head[count - 2] == '\r' && parseV1() ? Status.COMPLETE : Status.MALFORMED;
        } else if (count == V1_MAX || (count > 1 && head[count - 2] == '\r')) {
            status = Status.MALFORMED;
        }
    }

    // Version 1.

    private boolean parseV1() {
        String line = new String(head, 0, count - 2, StandardCharsets.ISO_8859_1);
        String[] parts = line.split(" ", -1);
        if (parts[1].equals("UNKNOWN")) {
            return true;
        }
        int size = parts[1].equals("TCP4") ? V4_SIZE : V6_SIZE;
        if ((size == V6_SIZE && !parts[1].equals("TCP6")) || parts.length != 6) {
            return false;
        }
        byte[] from = ofFamily(parts[2], size);
        port = portOf(parts[4]);
        source = from;
        return from != null && ofFamily(parts[3], size) != null && port >= 0 && portOf(parts[5]) >= 0;
    }

    private static byte @Nullable [] ofFamily(String text, int size) {
        return (text.indexOf(':') >= 0) == (size == V6_SIZE) ? IpText.parse(text) : null;
    }

    private static int portOf(String text) {
        int value = text.matches("0|[1-9][0-9]{0,4}") ? Integer.parseInt(text) : -1;
        return value <= MAX_PORT ? value : -1;
    }

    // Version 2.

    private void onOctetOfV2() {
        if (count == V2_FAMILY && !isCommandKnown()) {
            status = Status.MALFORMED;
        } else if (count == V2_HEAD) {
            int length = ((head[V2_LENGTH] & 0xFF) << Byte.SIZE) | (head[V2_LENGTH + 1] & 0xFF);
            int addresses = addresses();
            if (addresses < 0 || addresses > length) {
                status = Status.MALFORMED;
                return;
            }
            toSkip = length - (kept() - V2_HEAD);
        }
        if (status == Status.INCOMPLETE && count >= V2_HEAD && count == kept() && toSkip == 0) {
            finishV2();
        }
    }

    private boolean isCommandKnown() {
        return (head[V2_COMMAND] & 0xFF) >>> 4 == 2 && (head[V2_COMMAND] & 0xF) <= 1;
    }

    /** Said of a connection that the load balancer makes for itself. */
    private boolean isLocal() {
        return (head[V2_COMMAND] & 0xF) == 0;
    }

    /** Octets that the addresses take, or -1 where they are none of a stream. */
    private int addresses() {
        if (isLocal()) {
            return 0;
        }
        return switch (head[V2_FAMILY]) {
            case 0x00 -> 0;
            case 0x11 -> 2 * V4_SIZE + 4;
            case 0x21 -> 2 * V6_SIZE + 4;
            case 0x31 -> 2 * UNIX_SIZE;
            default -> -1;
        };
    }

    private boolean hasIp() {
        return !isLocal() && (head[V2_FAMILY] == 0x11 || head[V2_FAMILY] == 0x21);
    }

    /** How far the header is kept: to the end of addresses that are of use. */
    private int kept() {
        return V2_HEAD + (hasIp() ? addresses() : 0);
    }

    private void finishV2() {
        if (hasIp()) {
            int size = head[V2_FAMILY] == 0x11 ? V4_SIZE : V6_SIZE;
            source = Arrays.copyOfRange(head, V2_HEAD, V2_HEAD + size);
            int at = V2_HEAD + 2 * size;
            port = ((head[at] & 0xFF) << Byte.SIZE) | (head[at + 1] & 0xFF);
        }
        status = Status.COMPLETE;
    }
}
