package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.testkit.FuzzInput;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Any octets for the readers of AMQP 1.0: they answer or say what is wrong, read nothing beyond the end, and read what
 * they wrote as they read it. The first octet says which reader.
 */
public final class Codec10Fuzz {

    /** Octets behind the end, which nobody may look at: they would be read as something else each time. */
    private static final int BEHIND = 16;

    private static final int FIELDS = 14;

    private Codec10Fuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput input = new FuzzInput(data);
        int reader = input.below(3);
        int cut = 1 + input.below(32);
        byte[] octets = input.rest();
        switch (reader) {
            case 0 -> performative(octets);
            case 1 -> value(octets);
            default -> head(octets, cut);
        }
    }

    private static ByteBuffer behind(byte[] octets, int filler) {
        byte[] all = Arrays.copyOf(octets, octets.length + BEHIND);
        Arrays.fill(all, octets.length, all.length, (byte) filler);
        return ByteBuffer.wrap(all);
    }

    private static String value(byte[] octets, int filler) {
        try {
            return "behind " + Values.skip(behind(octets, filler), 0, octets.length);
        } catch (AmqpError malformed) {
            return malformed.text();
        }
    }

    private static void value(byte[] octets) {
        same(value(octets, 0), value(octets, 0x41));
    }

    private static void same(String one, String other) {
        if (!one.equals(other)) {
            throw new AssertionError(one + ", and then " + other);
        }
    }

    private static void performative(byte[] octets) {
        same(fields(octets, 0), fields(octets, 0x41));
    }

    /** All that can be asked of a performative. */
    private static String fields(byte[] octets, int filler) {
        StringBuilder all = new StringBuilder();
        Performative read = new Performative();
        try {
            read.read(behind(octets, filler), 0, octets.length);
            read.checkValues(true);
        } catch (AmqpError malformed) {
            return malformed.text();
        }
        all.append(read).append(' ').append(read.end());
        for (int field = 0; field < Math.min(FIELDS, read.type().fields()); field++) {
            int bit = read.type().types(field);
            all.append(' ').append(field(read, field, (char) ('a' + Integer.numberOfTrailingZeros(bit))));
        }
        return all.toString();
    }

    private static String field(Performative read, int field, char type) {
        return switch (type) {
            case 's', 'y' -> String.valueOf(read.text(field));
            case 'x' -> read.symbols(field).toString();
            case 'b' -> Arrays.toString(read.content(field));
            case 'o' -> String.valueOf(read.ubyte(field, -1));
            case 'h' -> String.valueOf(read.ushort(field, -1));
            case 'i' -> String.valueOf(read.uint(field, -1));
            case 'l' -> String.valueOf(read.ulong(field, -1));
            case 't' -> String.valueOf(read.bool(field));
            case 'm' -> read.hasKey(field, "paired") + " " + read.isEmpty(field);
            default -> described(read, field);
        };
    }

    private static String described(Performative read, int field) {
        if (read.type() != CompositeType.ATTACH) {
            return read.has(field) ? String.valueOf(read.error(field)) : "none";
        }
        return Terminus.isTarget(read, field)
                + " "
                + Terminus.isSourceOrAbsent(read, field)
                + " "
                + Terminus.isTied(read, field)
                + " "
                + Terminus.isAt(read, field, "$cbs")
                + Arrays.toString(Terminus.address(read, field))
                + Arrays.toString(Terminus.behindAddress(read, field));
    }

    /** A message is as good in parts as it is as a whole. */
    private static void head(byte[] octets, int length) {
        head(octets, length, false);
        head(octets, length, true);
    }

    private static void head(byte[] octets, int length, boolean readsBody) {
        boolean isGood = true;
        try {
            new MessageHead(readsBody).check(behind(octets, 0), 0, octets.length);
        } catch (AmqpError bad) {
            isGood = false;
        }
        boolean isGoodInParts = true;
        MessageHead head = new MessageHead(readsBody);
        head.begin();
        try {
            for (int at = 0; at < octets.length; at += length) {
                int end = Math.min(octets.length, at + length);
                head.take(ByteBuffer.wrap(octets), at, end, end == octets.length);
            }
        } catch (AmqpError bad) {
            isGoodInParts = false;
        }
        if (isGood != isGoodInParts) {
            throw new AssertionError("as a whole " + isGood + ", in parts " + isGoodInParts);
        }
    }
}
