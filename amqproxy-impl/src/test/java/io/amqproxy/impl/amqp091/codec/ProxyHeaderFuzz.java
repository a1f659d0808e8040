package io.amqproxy.impl.amqp091.codec;

import io.amqproxy.impl.net.ProxyProtocolDecoder;
import io.amqproxy.impl.net.ProxyProtocolDecoder.Status;
import io.amqproxy.testkit.FuzzInput;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Any octets as a header of the PROXY protocol. However it is cut it has to say the same, nothing behind it may be
 * taken, and what is accepted has to be what the protocol's own description makes of it.
 */
public final class ProxyHeaderFuzz {

    private static final int V2_HEAD = 16;

    private ProxyHeaderFuzz() {}

    /** What became of a header: how it ended, at which offset, and what it said. */
    private record Outcome(Status status, int end, @Nullable String source, int port) {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        FuzzInput input = new FuzzInput(data);
        int piece = 1 + input.below(20);
        byte[] octets = input.rest();
        Outcome whole = read(octets, octets.length, false);
        check(whole.equals(read(octets, piece, false)), "cut into " + piece + " it says something else");
        check(whole.equals(read(octets, Integer.MAX_VALUE, true)), "read as it asks for it says something else");
        if (whole.status() == Status.COMPLETE) {
            byte[] header = Arrays.copyOf(octets, whole.end());
            Outcome expected = header[0] == 'P' ? version1(header) : version2(header);
            check(whole.equals(expected), whole + " should be " + expected);
        }
    }

    /** Reads as a socket does: pieces of a size, or what the header says that it misses. */
    private static Outcome read(byte[] octets, int piece, boolean asAsked) throws UnknownHostException {
        ProxyProtocolDecoder header = new ProxyProtocolDecoder();
        ByteBuffer in = ByteBuffer.wrap(octets);
        while (header.missing() > 0 && in.position() < octets.length) {
            int most = asAsked ? header.missing() : piece;
            in.limit((int) Math.min(octets.length, (long) in.position() + most));
            int before = in.position();
            header.take(in);
            check(in.position() > before, "it takes nothing");
            check(!asAsked || !in.hasRemaining() || header.missing() == 0, "it asks for more than it takes");
        }
        Status status = header.missing() > 0 ? Status.INCOMPLETE : header.take(ByteBuffer.allocate(0));
        boolean complete = status == Status.COMPLETE;
        byte[] source = complete ? header.source() : null;
        return new Outcome(
                status,
                complete ? in.position() : 0,
                source == null ? null : text(source),
                source == null ? 0 : header.port());
    }

    private static Outcome version1(byte[] header) throws UnknownHostException {
        String line = new String(header, StandardCharsets.ISO_8859_1);
        check(header.length <= 107 && line.startsWith("PROXY ") && line.endsWith("\r\n"), line);
        check(line.indexOf('\r') == line.length() - 2 && line.indexOf('\n') == line.length() - 1, line);
        String[] words = line.substring(0, line.length() - 2).split(" ", -1);
        if (words[1].equals("UNKNOWN")) {
            return new Outcome(Status.COMPLETE, header.length, null, 0);
        }
        check(words.length == 6 && words[1].matches("TCP[46]"), line);
        int size = words[1].equals("TCP4") ? 4 : 16;
        byte[] source = parsed(words[2], size);
        parsed(words[3], size);
        check(Integer.parseInt(words[5]) <= 65_535 && words[4].matches("[0-9]+") && words[5].matches("[0-9]+"), line);
        return new Outcome(Status.COMPLETE, header.length, text(source), Integer.parseInt(words[4]));
    }

    /** By the JDK, which takes literals as they are; names, for which it would ask, are none of these octets. */
    private static byte[] parsed(String literal, int size) throws UnknownHostException {
        check(literal.matches("[0-9a-fA-F:.]+") && literal.matches(size == 4 ? "[0-9.]+" : ".*:.*"), literal);
        byte[] octets = InetAddress.getByName(literal).getAddress();
        // The JDK makes IPv4 of an IPv6 address that only wraps one.
        check(octets.length == size || (octets.length == 4 && literal.contains(":")), literal);
        return octets;
    }

    private static Outcome version2(byte[] header) throws UnknownHostException {
        ByteBuffer in = ByteBuffer.wrap(header);
        check(in.getLong(0) == 0x0D0A0D0A000D0A51L && in.getInt(8) == 0x5549540A, "another signature");
        check((header[12] & 0xFE) == 0x20, "another version or command");
        check(header.length == V2_HEAD + (in.getShort(14) & 0xFFFF), "another length");
        int size = header[13] == 0x11 ? 4 : 16;
        if (header[12] == 0x20 || (header[13] != 0x11 && header[13] != 0x21)) {
            check(header[12] == 0x20 || header[13] == 0 || header[13] == 0x31, "another family");
            return new Outcome(Status.COMPLETE, header.length, null, 0);
        }
        byte[] source = Arrays.copyOfRange(header, V2_HEAD, V2_HEAD + size);
        return new Outcome(Status.COMPLETE, header.length, text(source), in.getShort(V2_HEAD + 2 * size) & 0xFFFF);
    }

    private static String text(byte[] address) throws UnknownHostException {
        return InetAddress.getByAddress(address).getHostAddress();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
