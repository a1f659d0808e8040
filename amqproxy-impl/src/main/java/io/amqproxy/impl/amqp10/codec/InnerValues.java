package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import java.util.Set;

/**
 * What lies in the maps, arrays and symbols of performatives, as far as brokers close the connection for something else
 * than the specification allows there. All of it was checked for its form before.
 */
final class InnerValues {

    /** Part 3, section 3.5.5. */
    private static final Set<String> EXPIRY_POLICIES =
            Set.of("link-detach", "session-end", "connection-close", "never");

    /** Of those of part 3, section 3.5.4: unsettled-state. */
    private static final int MOST_DURABLE = 2;

    /** Of Apache's selector for JMS, as symbol and as number. */
    private static final String SELECTOR = "apache.org:selector-filter:string";

    private static final long SELECTOR_CODE = 0x0000_468C_0000_0004L;

    /** What all entries of a map have to be. */
    private interface Rule {
        boolean allows(ByteBuffer in, int key, int value, int end) throws AmqpError;
    }

    private InnerValues() {}

    /**
     * Checks a value of the type with this letter.
     *
     * @param isStrict whether the entries of maps are looked at too
     */
    static void check(char type, ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        switch (type) {
            case 'x' -> checkSymbols(in, at);
            case 'n' -> checkDurability(in, at);
            case 'p' -> checkExpiryPolicy(in, at);
            case 'f' -> checkEntries(in, at, end, isStrict, "map", InnerValues::isField);
            case 'w' -> checkEntries(in, at, end, isStrict, "filter", InnerValues::isFilter);
            default -> {}
        }
    }

    private static void checkSymbols(ByteBuffer in, int at) throws AmqpError {
        if (!FormatCode.isSymbol(in.get(at) & 0xFF) && !FormatCode.isSymbol(Values.elementConstructor(in, at))) {
            throw AmqpError.field("an array of something else where symbols have to be");
        }
    }

    private static void checkDurability(ByteBuffer in, int at) throws AmqpError {
        if (Integer.compareUnsigned(Values.uint(in, at), MOST_DURABLE) > 0) {
            throw AmqpError.field("a durability that there is not");
        }
    }

    private static void checkExpiryPolicy(ByteBuffer in, int at) throws AmqpError {
        if (!EXPIRY_POLICIES.contains(Values.text(in, at))) {
            throw AmqpError.field("an expiry-policy that there is not");
        }
    }

    /** Deliveries by their tags. */
    static void checkUnsettled(ByteBuffer in, int at, int end) throws AmqpError {
        checkEntries(in, at, end, true, "map of what is unsettled", InnerValues::isUnsettled);
    }

    private static void checkEntries(ByteBuffer in, int at, int end, boolean isStrict, String what, Rule rule)
            throws AmqpError {
        int left = isStrict ? Values.count(in, at) / 2 : 0;
        int item = Values.firstItem(in, at);
        for (; left > 0; left--) {
            int value = Values.skip(in, item, end);
            if (!rule.allows(in, item, value, end)) {
                throw AmqpError.field("an entry of a wrong type in a " + what);
            }
            item = Values.skip(in, value, end);
        }
    }

    private static boolean isField(ByteBuffer in, int key, int value, int end) {
        return FormatCode.isSymbol(in.get(key) & 0xFF);
    }

    private static boolean isUnsettled(ByteBuffer in, int key, int value, int end) throws AmqpError {
        if (!Values.isNull(in, value)) {
            Composite.checkState(in, value, end, true);
        }
        return FormatCode.isBinary(in.get(key) & 0xFF);
    }

    private static boolean isFilter(ByteBuffer in, int key, int value, int end) throws AmqpError {
        return isField(in, key, value, end) && (Values.isNull(in, value) || isFilter(in, value, end));
    }

    private static boolean isFilter(ByteBuffer in, int at, int end) throws AmqpError {
        if ((in.get(at) & 0xFF) != FormatCode.DESCRIBED) {
            return false;
        }
        int descriptor = in.get(at + 1) & 0xFF;
        boolean isSelector = FormatCode.isUlong(descriptor)
                ? Values.ulong(in, at + 1) == SELECTOR_CODE
                : SELECTOR.equals(Values.textOrNull(in, at + 1));
        int constructor = in.get(Values.skip(in, at + 1, end)) & 0xFF;
        return (FormatCode.isUlong(descriptor) || FormatCode.isSymbol(descriptor))
                && (!isSelector || FormatCode.isString(constructor));
    }
}
