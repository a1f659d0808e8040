package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A source or target in an attach (part 3, section 3.5.3 and 3.5.4). Their first five fields are the same: address,
 * durable, expiry-policy, timeout, dynamic.
 */
public final class Terminus {

    private static final int DURABLE = 1;
    private static final int EXPIRY_POLICY = 2;
    private static final int DYNAMIC = 4;
    /** Of a source. */
    private static final int CAPABILITIES = 10;

    /** Of a subscription that several receivers share, as JMS clients say it. */
    private static final String SHARED = "shared";

    private Terminus() {}

    /**
     * Whether the field is a target of messages, and not, say, a coordinator of transactions (part 4, section 4.5.1).
     */
    public static boolean isTarget(Performative attach, int field) {
        return type(attach, field) == Composite.TARGET;
    }

    /** Whether the field is a coordinator of transactions (part 4, section 4.5.1). */
    public static boolean isCoordinator(Performative attach, int field) {
        return type(attach, field) == Composite.COORDINATOR;
    }

    /** Whether the field is absent or a source of messages. */
    public static boolean isSourceOrAbsent(Performative attach, int field) {
        return !attach.has(field) || type(attach, field) == Composite.SOURCE;
    }

    /** What the field is, by its code or its symbol; null where it is absent or unknown. */
    private static @Nullable Composite type(Performative attach, int field) {
        return attach.has(field) ? Composite.read(attach.buffer(), attach.at(field), attach.endOf(field)) : null;
    }

    /**
     * Whether what is asked for lives longer than the link, or belongs to its connection: it is durable, does not
     * expire with the link or session, is a node that is made for the asking, or a subscription that receivers share,
     * which is known by the name of the link.
     */
    public static boolean isTied(Performative attach, int field) {
        Composite type = type(attach, field);
        if (type != Composite.SOURCE && type != Composite.TARGET) {
            return false;
        }
        ByteBuffer in = attach.buffer();
        int end = attach.endOf(field);
        try {
            return isTied(in, Values.skip(in, attach.at(field) + 1, end), end, type == Composite.SOURCE);
        } catch (AmqpError malformed) {
            return false; // It was checked with the performative.
        }
    }

    /** Whether it is a node that is made for the asking. */
    public static boolean isDynamic(Performative attach, int field) {
        ByteBuffer in = attach.buffer();
        int list = list(attach, field);
        int item = list < 0 || Values.count(in, list) <= DYNAMIC ? -1 : Values.firstItem(in, list);
        for (int i = 0; i < DYNAMIC && item >= 0; i++) {
            item = behind(in, item, attach.endOf(field));
        }
        return item >= 0 && !Values.isNull(in, item) && Values.bool(in, item);
    }

    /** The address as it is encoded, or null where there is none. */
    public static byte @Nullable [] address(Performative attach, int field) {
        ByteBuffer in = attach.buffer();
        int list = list(attach, field);
        int item = list < 0 || Values.count(in, list) == 0 ? -1 : Values.firstItem(in, list);
        return item < 0 || Values.isNull(in, item) ? null : octets(in, item, behind(in, item, attach.endOf(field)));
    }

    /** The text of an address as it is encoded; empty where there is none. */
    public static String text(byte @Nullable [] address) {
        return address == null || !FormatCode.isString(address[0] & 0xFF)
                ? ""
                : Values.text(ByteBuffer.wrap(address), 0);
    }

    /** What follows the address as it is encoded, but for what is absent at the end; nothing where it all is. */
    public static byte[] behindAddress(Performative attach, int field) {
        ByteBuffer in = attach.buffer();
        int end = attach.has(field) ? attach.endOf(field) : 0;
        int list = list(attach, field);
        int count = list < 0 ? 0 : Values.count(in, list);
        if (count < 2) {
            return new byte[0];
        }
        int from = behind(in, Values.firstItem(in, list), end);
        int to = from;
        int item = from;
        for (int i = 1; i < count; i++) {
            boolean isAbsent = Values.isNull(in, item);
            item = behind(in, item, end);
            to = isAbsent ? to : item;
        }
        return octets(in, from, to);
    }

    /** The list of a source or target of messages, or -1. */
    private static int list(Performative attach, int field) {
        Composite type = type(attach, field);
        if (type != Composite.SOURCE && type != Composite.TARGET) {
            return -1;
        }
        int list = behind(attach.buffer(), attach.at(field) + 1, attach.endOf(field));
        return FormatCode.isList(attach.buffer().get(list) & 0xFF) ? list : -1;
    }

    private static int behind(ByteBuffer in, int at, int end) {
        try {
            return Values.skip(in, at, end);
        } catch (AmqpError malformed) {
            throw new IllegalStateException(malformed); // It was checked with the performative.
        }
    }

    private static byte[] octets(ByteBuffer in, int from, int to) {
        byte[] octets = new byte[to - from];
        in.get(from, octets);
        return octets;
    }

    /** Whether it is this address. */
    public static boolean isAt(Performative attach, int field, String address) {
        if (!attach.has(field)) {
            return false;
        }
        ByteBuffer in = attach.buffer();
        try {
            int list = Values.skip(in, attach.at(field) + 1, attach.endOf(field));
            int constructor = in.get(list) & 0xFF;
            if (constructor == FormatCode.LIST_0 || !FormatCode.isList(constructor)) {
                return false;
            }
            int item = constructor == FormatCode.LIST_8 ? list + 3 : list + 9;
            return item < attach.endOf(field)
                    && FormatCode.isString(in.get(item) & 0xFF)
                    && Values.text(in, item).equals(address);
        } catch (AmqpError malformed) {
            return false; // It was checked with the performative.
        }
    }

    private static boolean isTied(ByteBuffer in, int list, int end, boolean isSource) throws AmqpError {
        int constructor = in.get(list) & 0xFF;
        if (constructor == FormatCode.LIST_0) {
            return false;
        }
        boolean isShort = constructor == FormatCode.LIST_8;
        int count = isShort ? in.get(list + 2) & 0xFF : in.getInt(list + 5);
        int item = isShort ? list + 3 : list + 9;
        for (int i = 0; i < count && i <= (isSource ? CAPABILITIES : DYNAMIC); i++) {
            boolean isSet = !Values.isNull(in, item);
            if (isSet && i == DURABLE && Values.uint(in, item) != 0) {
                return true;
            }
            if (isSet && i == EXPIRY_POLICY) {
                String policy = Values.text(in, item);
                if (policy.equals("never") || policy.equals("connection-close")) {
                    return true;
                }
            }
            if (isSet && i == DYNAMIC && Values.bool(in, item)) {
                return true;
            }
            if (isSet && i == CAPABILITIES && Values.hasSymbol(in, item, SHARED)) {
                return true;
            }
            item = Values.skip(in, item, end);
        }
        return false;
    }
}
