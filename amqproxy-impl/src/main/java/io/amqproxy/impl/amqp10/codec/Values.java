package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values as they are encoded (part 1, section 1.2 and 1.6), read at an offset. */
public final class Values {

    /** How deep values may lie in each other; for more Classic closes the connection. */
    static final int MAX_DEPTH = 32;

    private Values() {}

    /** The constructor of the value, or -1 where nothing is left. */
    static int constructor(ByteBuffer in, int at, int end) {
        return at < end ? in.get(at) & 0xFF : -1;
    }

    /**
     * Checks the value that begins at this offset, with all that is in it.
     *
     * @return the offset behind it
     */
    public static int skip(ByteBuffer in, int at, int end) throws AmqpError {
        return skip(in, at, end, 0, false);
    }

    /** The same of a value for which all brokers close the connection where there is something in it that is none. */
    static int skipStrictly(ByteBuffer in, int at, int end) throws AmqpError {
        return skip(in, at, end, 0, true);
    }

    /** The same of a field, most of which are short. */
    static int skipField(ByteBuffer in, int at, int end) throws AmqpError {
        if (at < end) {
            int constructor = in.get(at) & 0xFF;
            int width = FormatCode.width(constructor);
            if (constructor == FormatCode.BINARY_8 && end - at > 1) {
                width = 1 + (in.get(at + 1) & 0xFF);
            }
            if (width != FormatCode.VARIABLE && end - at > width) {
                return at + 1 + width;
            }
        }
        return skipStrictly(in, at, end);
    }

    private static int skip(ByteBuffer in, int at, int end, int depth, boolean isStrict) throws AmqpError {
        if (depth > MAX_DEPTH) {
            throw AmqpError.decode("values lie deeper in each other than " + MAX_DEPTH);
        }
        int constructor = constructor(in, at, end);
        if (constructor == FormatCode.DESCRIBED) {
            int value = skip(in, at + 1, end, depth + 1, isStrict);
            return skip(in, value, end, depth + 1, isStrict);
        }
        return skipBody(constructor, in, at + 1, end, depth, isStrict);
    }

    private static int skipBody(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        if (constructor < 0) {
            throw AmqpError.decode("value expected");
        }
        int width = FormatCode.width(constructor);
        return width == FormatCode.VARIABLE
                ? skipVariable(constructor, in, at, end, depth, isStrict)
                : fixed(at, width, end);
    }

    private static int skipVariable(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        return switch (constructor) {
            case FormatCode.BOOLEAN -> {
                int behind = fixed(at, 1, end);
                if ((in.get(at) & 0xFE) != 0) {
                    throw AmqpError.decode("boolean of " + (in.get(at) & 0xFF));
                }
                yield behind;
            }
            case 0x73 -> character(in, at, end, isStrict);
            case FormatCode.BINARY_8, FormatCode.BINARY_32 -> variable(constructor, in, at, end);
            case FormatCode.STRING_8, FormatCode.STRING_32 -> string(constructor, in, at, end);
            case FormatCode.SYMBOL_8, FormatCode.SYMBOL_32 -> symbol(constructor, in, at, end);
            case FormatCode.LIST_8, FormatCode.LIST_32, FormatCode.MAP_8, FormatCode.MAP_32 ->
                compound(constructor, in, at, end, depth, isStrict);
            case FormatCode.ARRAY_8, FormatCode.ARRAY_32 -> array(constructor, in, at, end, depth, isStrict);
            default -> throw AmqpError.decode("unknown constructor 0x" + Integer.toHexString(constructor));
        };
    }

    private static int fixed(int at, int width, int end) throws AmqpError {
        if (end - at < width) {
            throw AmqpError.decode("value is cut off");
        }
        return at + width;
    }

    private static int character(ByteBuffer in, int at, int end, boolean isStrict) throws AmqpError {
        int behind = fixed(at, 4, end);
        if (isStrict && !Character.isValidCodePoint(in.getInt(at))) {
            throw AmqpError.decode("char that is not of Unicode");
        }
        return behind;
    }

    private static int size(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        fixed(at, FormatCode.sizeWidth(constructor), end);
        long size = FormatCode.isShort(constructor) ? in.get(at) & 0xFF : in.getInt(at) & 0xFFFF_FFFFL;
        if (size > end - at - FormatCode.sizeWidth(constructor)) {
            throw AmqpError.decode("value of " + size + " octets is cut off");
        }
        return (int) size;
    }

    private static int variable(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        return at + FormatCode.sizeWidth(constructor) + size(constructor, in, at, end);
    }

    private static int string(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        int behind = variable(constructor, in, at, end);
        if (!Utf8.isText(in, at + FormatCode.sizeWidth(constructor), behind)) {
            throw AmqpError.decode("string that is not UTF-8");
        }
        return behind;
    }

    private static int symbol(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        int behind = variable(constructor, in, at, end);
        for (int i = at + FormatCode.sizeWidth(constructor); i < behind; i++) {
            if (in.get(i) < 0) {
                throw AmqpError.decode("symbol that is not ASCII");
            }
        }
        return behind;
    }

    private static int compound(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        int behind = variable(constructor, in, at, end);
        int width = FormatCode.sizeWidth(constructor);
        int item = fixed(at + width, width, behind);
        long count = count(constructor, in, at + width);
        boolean isMap = constructor == FormatCode.MAP_8 || constructor == FormatCode.MAP_32;
        if (isMap && count % 2 != 0) {
            throw AmqpError.decode("map with a key without a value");
        }
        for (long i = 0; i < count; i++) {
            item = skip(in, item, behind, depth + 1, isStrict);
        }
        if (item != behind) {
            throw AmqpError.decode("compound value whose size does not fit to its elements");
        }
        return behind;
    }

    private static long count(int constructor, ByteBuffer in, int at) {
        return FormatCode.isShort(constructor) ? in.get(at) & 0xFF : in.getInt(at) & 0xFFFF_FFFFL;
    }

    private static int array(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        if (depth >= MAX_DEPTH) {
            throw AmqpError.decode("values lie deeper in each other than " + MAX_DEPTH);
        }
        int behind = variable(constructor, in, at, end);
        int width = FormatCode.sizeWidth(constructor);
        int item = fixed(at + width, width, behind);
        long count = count(constructor, in, at + width);
        int element = constructor(in, item, behind);
        item++;
        while (element == FormatCode.DESCRIBED) {
            item = skip(in, item, behind, depth + 1, isStrict);
            element = constructor(in, item, behind);
            item++;
        }
        if (FormatCode.isEmptyByNature(element)) {
            if (isStrict && count > 0) {
                throw AmqpError.decode("array of " + count + " elements of no octets");
            }
            count = 0; // As many as there are said to be, and nothing of each.
        }
        for (long i = 0; i < count; i++) {
            item = skipBody(element, in, item, behind, depth + 1, isStrict);
        }
        if (item != behind) {
            throw AmqpError.decode("array whose size does not fit to its elements");
        }
        return behind;
    }

    // Reading; what is read was checked before.

    /** How many values a list has. */
    static int count(ByteBuffer in, int list) {
        int constructor = in.get(list) & 0xFF;
        return constructor == FormatCode.LIST_0
                ? 0
                : (int) count(constructor, in, list + 1 + FormatCode.sizeWidth(constructor));
    }

    /** How many values lie between these offsets, one behind the other. */
    static int countItems(ByteBuffer in, int from, int to) {
        int count = 0;
        try {
            for (int at = from; at < to; count++) {
                at = skip(in, at, to);
            }
        } catch (AmqpError malformed) {
            throw new IllegalStateException(malformed); // They were checked before.
        }
        return count;
    }

    /** The offset of a list's first value. */
    static int firstItem(ByteBuffer in, int list) {
        int constructor = in.get(list) & 0xFF;
        return constructor == FormatCode.LIST_0 ? list + 1 : list + 1 + 2 * FormatCode.sizeWidth(constructor);
    }

    /** The constructor of an array's elements, or -1 where there is no array. */
    static int elementConstructor(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        return FormatCode.isArray(constructor) ? in.get(at + 1 + 2 * FormatCode.sizeWidth(constructor)) & 0xFF : -1;
    }

    static boolean isEmptyCompound(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case FormatCode.LIST_0 -> true;
            case FormatCode.LIST_8, FormatCode.MAP_8 -> in.get(at + 2) == 0;
            case FormatCode.LIST_32, FormatCode.MAP_32 -> in.getInt(at + 5) == 0;
            default -> false;
        };
    }

    public static boolean isNull(ByteBuffer in, int at) {
        return (in.get(at) & 0xFF) == FormatCode.NULL;
    }

    public static int uint(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case FormatCode.UINT_0 -> 0;
            case FormatCode.UINT_SMALL -> in.get(at + 1) & 0xFF;
            default -> in.getInt(at + 1);
        };
    }

    public static long ulong(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case FormatCode.ULONG_0 -> 0;
            case FormatCode.ULONG_SMALL -> in.get(at + 1) & 0xFF;
            default -> in.getLong(at + 1);
        };
    }

    public static boolean bool(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        return constructor == FormatCode.TRUE || (constructor == FormatCode.BOOLEAN && in.get(at + 1) != 0);
    }

    /** The first octet of a value of variable width. */
    public static int contentAt(ByteBuffer in, int at) {
        return at + 1 + FormatCode.sizeWidth(in.get(at) & 0xFF);
    }

    /** How many octets a value of variable width has. */
    public static int contentLength(ByteBuffer in, int at) {
        return FormatCode.isShort(in.get(at) & 0xFF) ? in.get(at + 1) & 0xFF : in.getInt(at + 1);
    }

    /** A string or a symbol. */
    public static String text(ByteBuffer in, int at) {
        return new String(content(in, at), StandardCharsets.UTF_8);
    }

    /** The octets of a value of variable width. */
    public static byte[] content(ByteBuffer in, int at) {
        byte[] octets = new byte[contentLength(in, at)];
        in.get(contentAt(in, at), octets);
        return octets;
    }

    /** A string or symbol, or null where something else is. */
    public static @Nullable String textOrNull(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        return FormatCode.isString(constructor) || FormatCode.isSymbol(constructor) ? text(in, at) : null;
    }

    /** The symbols that a symbol is, or an array of them has, in their order. */
    public static List<String> symbols(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        if (FormatCode.isSymbol(constructor)) {
            return List.of(text(in, at));
        }
        int width = FormatCode.sizeWidth(constructor);
        int elementAt = at + 1 + 2 * width;
        int element = in.get(elementAt) & 0xFF;
        if (!FormatCode.isArray(constructor) || !FormatCode.isSymbol(element)) {
            return List.of();
        }
        List<String> symbols = new ArrayList<>();
        int item = elementAt + 1;
        for (long count = count(constructor, in, at + 1 + width); count > 0; count--) {
            int size = FormatCode.isShort(element) ? in.get(item) & 0xFF : in.getInt(item);
            byte[] octets = new byte[size];
            in.get(item + FormatCode.sizeWidth(element), octets);
            symbols.add(new String(octets, StandardCharsets.US_ASCII));
            item += FormatCode.sizeWidth(element) + size;
        }
        return symbols;
    }

    /** Whether a symbol, or an array of symbols, is or has this one. */
    public static boolean hasSymbol(ByteBuffer in, int at, String symbol) {
        return symbols(in, at).contains(symbol);
    }

    /** Whether a map has this string or symbol as a key. */
    public static boolean hasKey(ByteBuffer in, int at, String key) {
        return valueOf(in, at, key) >= 0;
    }

    /** The text that a map has for this key; null where it has none, or something else. */
    public static @Nullable String textOf(ByteBuffer in, int at, String key) {
        int value = valueOf(in, at, key);
        return value < 0 ? null : textOrNull(in, value);
    }

    /** Where the value for this key begins, or -1. */
    private static int valueOf(ByteBuffer in, int at, String key) {
        int constructor = in.get(at) & 0xFF;
        int width = FormatCode.sizeWidth(constructor);
        int item = at + 1 + 2 * width;
        int end = at + 1 + width + contentLength(in, at);
        try {
            for (long pairs = count(constructor, in, at + 1 + width) / 2; pairs > 0; pairs--) {
                int value = skip(in, item, end);
                if (key.equals(textOrNull(in, item))) {
                    return value;
                }
                item = skip(in, value, end);
            }
        } catch (AmqpError malformed) {
            return -1;
        }
        return -1;
    }

    /** The first field of a described list, or -1 where there is none. */
    private static int firstField(ByteBuffer in, int at) throws AmqpError {
        int list = skip(in, at + 1, in.limit());
        return switch (in.get(list) & 0xFF) {
            case FormatCode.LIST_8 -> in.get(list + 2) == 0 ? -1 : list + 3;
            case FormatCode.LIST_32 -> in.getInt(list + 5) == 0 ? -1 : list + 9;
            default -> -1;
        };
    }

    /** The condition of an error (part 2, section 2.8.14), or that of an unknown one. */
    public static String errorCondition(ByteBuffer in, int at) {
        try {
            int condition = firstField(in, at);
            String text = condition < 0 ? null : textOrNull(in, condition);
            return text == null ? AmqpError.INTERNAL_ERROR : text;
        } catch (AmqpError malformed) {
            return AmqpError.INTERNAL_ERROR;
        }
    }

    /** The description of an error, empty where there is none. */
    public static String errorText(ByteBuffer in, int at) {
        try {
            int condition = firstField(in, at);
            if (condition < 0) {
                return "";
            }
            int description = skip(in, condition, in.limit());
            String text = description < in.limit() ? textOrNull(in, description) : null;
            return text == null ? "" : text;
        } catch (AmqpError malformed) {
            return "";
        }
    }
}
