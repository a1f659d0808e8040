package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The composite types that lie in performatives (part 2, section 2.8.14, part 3, sections 3.4 and 3.5, part 4, section
 * 4.5), each with its fields like those of {@link Type}, and {@code e} for an error, {@code v} for a delivery state. A
 * broker may close the connection for one that is another than these, or malformed.
 */
public enum Composite {
    ERROR(0x1D, "Ysm"),
    RECEIVED(0x23, "IL"),
    ACCEPTED(0x24, ""),
    REJECTED(0x25, "e"),
    RELEASED(0x26, ""),
    MODIFIED(0x27, "ttm"),
    SOURCE(0x28, "siyitmymvxx"),
    TARGET(0x29, "siyitmx"),
    COORDINATOR(0x30, "x"),
    DECLARED(0x33, "B"),
    TRANSACTIONAL_STATE(0x34, "Bv");

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

    static void checkError(ByteBuffer in, int at, int end) throws AmqpError {
        check(in, at, end, read(in, at, end) == ERROR);
    }

    static void checkState(ByteBuffer in, int at, int end) throws AmqpError {
        Composite state = read(in, at, end);
        check(in, at, end, state != null && state.isState());
    }

    static void checkSource(ByteBuffer in, int at, int end) throws AmqpError {
        check(in, at, end, read(in, at, end) == SOURCE);
    }

    static void checkTarget(ByteBuffer in, int at, int end) throws AmqpError {
        Composite target = read(in, at, end);
        check(in, at, end, target == TARGET || target == COORDINATOR);
    }

    /** The type of the value, or null for none of these. */
    static @Nullable Composite read(ByteBuffer in, int at, int end) {
        int descriptor = at + 1;
        int constructor = Values.constructor(in, descriptor, end);
        if (Values.isUlong(constructor)) {
            long code = Values.ulong(in, descriptor);
            return code >= 0 && code < BY_CODE.length ? BY_CODE[(int) code] : null;
        }
        if (Values.isSymbol(constructor)) {
            String symbol = Values.text(in, descriptor);
            for (Composite one : values()) {
                if (one.symbol.equals(symbol)) {
                    return one;
                }
            }
        }
        return null;
    }

    private static void check(ByteBuffer in, int at, int end, boolean isExpected) throws AmqpError {
        Composite type = read(in, at, end);
        if (!isExpected || type == null) {
            throw AmqpError.decode("a value of an unknown or wrong composite type");
        }
        type.checkFields(in, Values.skip(in, at + 1, end), end);
    }

    private void checkFields(ByteBuffer in, int list, int end) throws AmqpError {
        int constructor = Values.constructor(in, list, end);
        if (!Values.isList(constructor)) {
            throw AmqpError.decode(symbol + " that is no list");
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
                    throw AmqpError.decode("field " + i + " of " + symbol + " is missing");
                }
            } else {
                checkField(in, item, end, i, Character.toLowerCase(wanted));
            }
            item = i < count ? Values.skip(in, item, end) : item;
        }
    }

    private void checkField(ByteBuffer in, int item, int end, int field, char wanted) throws AmqpError {
        switch (wanted) {
            case 'e' -> checkError(in, item, end);
            case 'v' -> checkState(in, item, end);
            default -> {
                if (!Values.isOf(wanted, in.get(item) & 0xFF)) {
                    throw AmqpError.decode("field " + field + " of " + symbol + " is of a wrong type");
                }
            }
        }
    }
}
