package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The composite types that lie in performatives (part 2, section 2.8.14, part 3, sections 3.4 and 3.5, part 4, section
 * 4.5), each with its fields like those of {@link CompositeType}, and {@code e} for an error, {@code v} for a delivery
 * state, {@code u} for an outcome, {@code n} for a durability, {@code p} for an expiry-policy, {@code f} for a map with
 * symbols as keys, {@code w} for one of filters. A broker may close the connection for one that is another than these,
 * or malformed.
 */
public enum Composite {
    ERROR(0x1D, "Ysf"),
    RECEIVED(0x23, "IL"),
    ACCEPTED(0x24, ""),
    REJECTED(0x25, "e"),
    RELEASED(0x26, ""),
    MODIFIED(0x27, "ttf"),
    SOURCE(0x28, "snpitfywuxx"),
    TARGET(0x29, "snpitfx"),
    COORDINATOR(0x30, "x"),
    DECLARE(0x31, "v"),
    DISCHARGE(0x32, "Bt"),
    DECLARED(0x33, "B"),
    TRANSACTIONAL_STATE(0x34, "Bv");

    /** The section of a message that is a value (part 3, section 3.2.8). */
    private static final int AMQP_VALUE = 0x77;

    private static final String AMQP_VALUE_SYMBOL = "amqp:amqp-value:*";

    /** The field of an error that is for programs. */
    private static final int ERROR_INFO = 2;

    private static final @Nullable Composite[] BY_CODE = new Composite[0x40];

    static {
        for (Composite one : values()) {
            BY_CODE[one.code] = one;
        }
    }

    private final int code;
    private final String fields;
    private final String symbol;

    Composite(int code, String fields) {
        this.code = code;
        this.fields = fields;
        this.symbol = "amqp:" + name().toLowerCase(java.util.Locale.ROOT).replace('_', '-') + ":list";
    }

    /** Whether it says what became of a delivery. */
    private boolean isState() {
        return switch (this) {
            case RECEIVED, ACCEPTED, REJECTED, RELEASED, MODIFIED, DECLARED, TRANSACTIONAL_STATE -> true;
            default -> false;
        };
    }

    /** Whether it is among what may have become of a delivery in the end. */
    boolean isOutcome() {
        return isState() && this != RECEIVED && this != TRANSACTIONAL_STATE;
    }

    /** The offset of the first field of a composite value, or -1 if that is no binary. */
    static int firstBinary(ByteBuffer in, int at, int end) {
        try {
            int list = Values.skip(in, at + 1, end);
            if (!FormatCode.isList(Values.constructor(in, list, end)) || Values.skip(in, list, end) > end) {
                return -1;
            }
            int first = Values.count(in, list) > 0 ? Values.firstItem(in, list) : end;
            return FormatCode.isBinary(Values.constructor(in, first, end)) ? first : -1;
        } catch (AmqpError malformed) {
            return -1;
        }
    }

    /** The octets of a value that was found well formed. */
    static int length(ByteBuffer in, int value, int end) {
        try {
            return Values.skip(in, value, end) - value;
        } catch (AmqpError malformed) {
            throw new IllegalStateException(malformed);
        }
    }

    /** Whether a state within a transaction says that a delivery is accepted (part 4, section 4.5.6). */
    static boolean acceptsInTransaction(ByteBuffer in, int at, int end) {
        int id = read(in, at, end) == TRANSACTIONAL_STATE ? firstBinary(in, at, end) : -1;
        try {
            int list = id < 0 ? end : Values.skip(in, at + 1, end);
            return id >= 0 && Values.count(in, list) > 1 && isOf(ACCEPTED, in, Values.skip(in, id, end), end);
        } catch (AmqpError malformed) {
            return false;
        }
    }

    /** Where the id of the transaction is that a message discharges (part 4, section 4.5.4), or -1 if it does not. */
    static int discharged(ByteBuffer in, int from, int end) {
        int value = amqpValue(in, from, end);
        return value >= 0 && isOf(DISCHARGE, in, value, end) ? firstBinary(in, value, end) : -1;
    }

    /** Whether a message declares a transaction that is no part of another (part 4, section 4.5.3). */
    static boolean isDeclare(ByteBuffer in, int from, int end) {
        int value = amqpValue(in, from, end);
        if (value < 0 || !isOf(DECLARE, in, value, end)) {
            return false;
        }
        try {
            int list = Values.skip(in, value + 1, end);
            return FormatCode.isList(Values.constructor(in, list, end))
                    && Values.skip(in, list, end) == end
                    && (Values.count(in, list) == 0
                            || (Values.count(in, list) == 1 && Values.isNull(in, Values.firstItem(in, list))));
        } catch (AmqpError malformed) {
            return false;
        }
    }

    private static boolean isOf(Composite type, ByteBuffer in, int value, int end) {
        return Values.constructor(in, value, end) == FormatCode.DESCRIBED && read(in, value, end) == type;
    }

    /** Where the value is that is the body of a message, or -1 if that is none. */
    private static int amqpValue(ByteBuffer in, int from, int end) {
        try {
            int section = from;
            while (Values.constructor(in, section, end) == FormatCode.DESCRIBED) {
                int value = Values.skip(in, section + 1, end);
                if (isAmqpValue(in, section + 1, end)) {
                    return value;
                }
                section = Values.skip(in, value, end);
            }
        } catch (AmqpError malformed) {
            return -1;
        }
        return -1;
    }

    private static boolean isAmqpValue(ByteBuffer in, int descriptor, int end) {
        int constructor = Values.constructor(in, descriptor, end);
        return FormatCode.isUlong(constructor)
                ? Values.ulong(in, descriptor) == AMQP_VALUE
                : FormatCode.isSymbol(constructor)
                        && Values.text(in, descriptor).equals(AMQP_VALUE_SYMBOL);
    }

    /**
     * Whether a value can be taken for an error, as far as its fields are of the types that they are to be of.
     *
     * @throws AmqpError with {@code amqp:decode-error}, where it has more fields than there are
     */
    static boolean isError(ByteBuffer in, int at, int end) throws AmqpError {
        if (!isOf(ERROR, in, at, end)) {
            return false;
        }
        try {
            checkError(in, at, end, false);
            return true;
        } catch (AmqpError offence) {
            if (offence.scope() == AmqpError.Scope.CONNECTION) {
                throw offence;
            }
            return false;
        }
    }

    static void checkError(ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        check(in, at, end, read(in, at, end) == ERROR, isStrict);
    }

    static void checkState(ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        Composite state = read(in, at, end);
        check(in, at, end, state != null && state.isState(), isStrict);
    }

    private static void checkOutcome(ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        Composite state = read(in, at, end);
        check(in, at, end, state != null && state.isOutcome(), isStrict);
    }

    static void checkSource(ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        check(in, at, end, read(in, at, end) == SOURCE, isStrict);
    }

    static void checkTarget(ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        Composite target = read(in, at, end);
        check(in, at, end, target == TARGET || target == COORDINATOR, isStrict);
    }

    /** What an error says for programs, a map as it is encoded; null where it does not, or not in so few octets. */
    static byte @Nullable [] errorInfo(ByteBuffer in, int at, int end, int most) {
        try {
            int list = Values.skip(in, at + 1, end);
            if (!FormatCode.isList(Values.constructor(in, list, end)) || Values.count(in, list) <= ERROR_INFO) {
                return null;
            }
            int info = Values.firstItem(in, list);
            for (int field = 0; field < ERROR_INFO; field++) {
                info = Values.skip(in, info, end);
            }
            int length = Values.skip(in, info, end) - info;
            if (length > most || !FormatCode.isMap(in.get(info) & 0xFF)) {
                return null;
            }
            byte[] map = new byte[length];
            in.get(info, map);
            return map;
        } catch (AmqpError malformed) {
            return null;
        }
    }

    /** The type of the value, or null for none of these. */
    public static @Nullable Composite read(ByteBuffer in, int at, int end) {
        int descriptor = at + 1;
        int constructor = Values.constructor(in, descriptor, end);
        if (FormatCode.isUlong(constructor)) {
            long code = Values.ulong(in, descriptor);
            return code >= 0 && code < BY_CODE.length ? BY_CODE[(int) code] : null;
        }
        if (FormatCode.isSymbol(constructor)) {
            String symbol = Values.text(in, descriptor);
            for (Composite one : values()) {
                if (one.symbol.equals(symbol)) {
                    return one;
                }
            }
        }
        return null;
    }

    private static void check(ByteBuffer in, int at, int end, boolean isExpected, boolean isStrict) throws AmqpError {
        Composite type = read(in, at, end);
        if (type == null) {
            throw AmqpError.decode("a value of an unknown composite type");
        }
        if (!isExpected) {
            throw AmqpError.field(type.symbol + " where another type has to be");
        }
        type.checkFields(in, Values.skip(in, at + 1, end), end, isStrict);
    }

    private void checkFields(ByteBuffer in, int list, int end, boolean isStrict) throws AmqpError {
        int constructor = Values.constructor(in, list, end);
        if (!FormatCode.isList(constructor)) {
            throw AmqpError.field(symbol + " that is no list");
        }
        int count = Values.count(in, list);
        int item = Values.firstItem(in, list);
        if (count > fields.length()) {
            throw AmqpError.decode("too many fields in " + symbol);
        }
        for (int i = 0; i < fields.length(); i++) {
            char wanted = fields.charAt(i);
            if (i >= count || Values.isNull(in, item)) {
                if (Character.isUpperCase(wanted)) {
                    throw AmqpError.field("field " + i + " of " + symbol + " is missing");
                }
            } else {
                checkField(in, item, end, i, Character.toLowerCase(wanted), isStrict);
            }
            item = i < count ? Values.skip(in, item, end) : item;
        }
    }

    private void checkField(ByteBuffer in, int item, int end, int field, char wanted, boolean isStrict)
            throws AmqpError {
        switch (wanted) {
            case 'e' -> checkError(in, item, end, isStrict);
            case 'v' -> checkState(in, item, end, isStrict);
            case 'u' -> checkOutcome(in, item, end, isStrict);
            default -> {
                if (!FormatCode.isOf(wanted, in.get(item) & 0xFF)) {
                    throw AmqpError.field("field " + field + " of " + symbol + " is of a wrong type");
                }
                InnerValues.check(wanted, in, item, end, isStrict);
            }
        }
    }
}
