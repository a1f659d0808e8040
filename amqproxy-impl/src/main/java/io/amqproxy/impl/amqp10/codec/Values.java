package io.amqproxy.impl.amqp10.codec;

import io.amqproxy.impl.buffer.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values as they are encoded (part 1, section 1.2 and 1.6), read at an offset. */
public final class Values {

    /** Constructors (part 1, section 1.6). */
    static final int DESCRIBED = 0x00;

    static final int NULL = 0x40;
    static final int TRUE = 0x41;
    static final int FALSE = 0x42;
    static final int UINT_0 = 0x43;
    static final int ULONG_0 = 0x44;
    static final int LIST_0 = 0x45;
    static final int UBYTE = 0x50;
    static final int UINT_SMALL = 0x52;
    static final int ULONG_SMALL = 0x53;
    static final int BOOLEAN = 0x56;
    static final int USHORT = 0x60;
    static final int UINT = 0x70;
    static final int ULONG = 0x80;
    static final int BINARY_8 = 0xA0;
    static final int STRING_8 = 0xA1;
    static final int SYMBOL_8 = 0xA3;
    static final int BINARY_32 = 0xB0;
    static final int STRING_32 = 0xB1;
    static final int SYMBOL_32 = 0xB3;
    static final int LIST_8 = 0xC0;
    static final int MAP_8 = 0xC1;
    static final int LIST_32 = 0xD0;
    static final int MAP_32 = 0xD1;
    static final int ARRAY_8 = 0xE0;
    static final int ARRAY_32 = 0xF0;

    /** How deep values may lie in each other; more than any client or broker needs. */
    static final int MAX_DEPTH = 100;

    /** The octets behind a constructor, where they say nothing else; otherwise {@link #VARIABLE}. */
    private static final byte[] WIDTHS = new byte[256];

    /** The types that a constructor is of: a bit for each letter that {@link CompositeType} has. */
    private static final int[] TYPES = new int[256];

    private static final int VARIABLE = -1;

    static {
        for (int constructor = 0; constructor < TYPES.length; constructor++) {
            WIDTHS[constructor] = (byte) widthOf(constructor);
            for (char type = 'a'; type <= 'z'; type++) {
                TYPES[constructor] |= isOf(type, constructor) ? bit(type) : 0;
            }
        }
    }

    private static int widthOf(int constructor) {
        return switch (constructor) {
            case NULL, TRUE, FALSE, UINT_0, ULONG_0, LIST_0 -> 0;
            case UBYTE, 0x51, UINT_SMALL, ULONG_SMALL, 0x54, 0x55 -> 1;
            case USHORT, 0x61 -> 2;
            case UINT, 0x71, 0x72, 0x74 -> 4;
            case ULONG, 0x81, 0x82, 0x83, 0x84 -> 8;
            case 0x94, 0x98 -> 16;
            default -> VARIABLE;
        };
    }

    private Values() {}

    /** The bit of a type, by its letter in lower case. */
    static int bit(char type) {
        return 1 << (type - 'a');
    }

    /** The types that a constructor is of, each by its {@link #bit}. */
    static int types(int constructor) {
        return TYPES[constructor];
    }

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
            int width = WIDTHS[constructor];
            if (constructor == BINARY_8 && end - at > 1) {
                width = 1 + (in.get(at + 1) & 0xFF);
            }
            if (width != VARIABLE && end - at > width) {
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
        if (constructor == DESCRIBED) {
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
        int width = WIDTHS[constructor];
        return width == VARIABLE ? skipVariable(constructor, in, at, end, depth, isStrict) : fixed(at, width, end);
    }

    private static int skipVariable(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        return switch (constructor) {
            case BOOLEAN -> {
                int behind = fixed(at, 1, end);
                if ((in.get(at) & 0xFE) != 0) {
                    throw AmqpError.decode("boolean of " + (in.get(at) & 0xFF));
                }
                yield behind;
            }
            case 0x73 -> character(in, at, end, isStrict);
            case BINARY_8, BINARY_32 -> variable(constructor, in, at, end);
            case STRING_8, STRING_32 -> string(constructor, in, at, end);
            case SYMBOL_8, SYMBOL_32 -> symbol(constructor, in, at, end);
            case LIST_8, LIST_32, MAP_8, MAP_32 -> compound(constructor, in, at, end, depth, isStrict);
            case ARRAY_8, ARRAY_32 -> array(constructor, in, at, end, depth, isStrict);
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

    private static boolean isShort(int constructor) {
        return constructor < 0xB0 || (constructor >= 0xC0 && constructor < 0xD0) || (constructor & 0xF0) == 0xE0;
    }

    /** The octets that say how long a value of variable width is. */
    private static int sizeWidth(int constructor) {
        return isShort(constructor) ? 1 : 4;
    }

    private static int size(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        fixed(at, sizeWidth(constructor), end);
        long size = isShort(constructor) ? in.get(at) & 0xFF : in.getInt(at) & 0xFFFF_FFFFL;
        if (size > end - at - sizeWidth(constructor)) {
            throw AmqpError.decode("value of " + size + " octets is cut off");
        }
        return (int) size;
    }

    private static int variable(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        return at + sizeWidth(constructor) + size(constructor, in, at, end);
    }

    private static int string(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        int behind = variable(constructor, in, at, end);
        if (!Utf8.isText(in, at + sizeWidth(constructor), behind)) {
            throw AmqpError.decode("string that is not UTF-8");
        }
        return behind;
    }

    private static int symbol(int constructor, ByteBuffer in, int at, int end) throws AmqpError {
        int behind = variable(constructor, in, at, end);
        for (int i = at + sizeWidth(constructor); i < behind; i++) {
            if (in.get(i) < 0) {
                throw AmqpError.decode("symbol that is not ASCII");
            }
        }
        return behind;
    }

    private static int compound(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        int behind = variable(constructor, in, at, end);
        int width = sizeWidth(constructor);
        int item = fixed(at + width, width, behind);
        long count = count(constructor, in, at + width);
        boolean isMap = constructor == MAP_8 || constructor == MAP_32;
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
        return isShort(constructor) ? in.get(at) & 0xFF : in.getInt(at) & 0xFFFF_FFFFL;
    }

    private static int array(int constructor, ByteBuffer in, int at, int end, int depth, boolean isStrict)
            throws AmqpError {
        if (depth >= MAX_DEPTH) {
            throw AmqpError.decode("values lie deeper in each other than " + MAX_DEPTH);
        }
        int behind = variable(constructor, in, at, end);
        int width = sizeWidth(constructor);
        int item = fixed(at + width, width, behind);
        long count = count(constructor, in, at + width);
        int element = constructor(in, item, behind);
        item++;
        while (element == DESCRIBED) {
            item = skip(in, item, behind, depth + 1, isStrict);
            element = constructor(in, item, behind);
            item++;
        }
        if (isEmptyByNature(element)) {
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

    private static boolean isEmptyByNature(int constructor) {
        return constructor >= NULL && constructor <= LIST_0;
    }

    /**
     * Whether a value of this constructor is of the type that {@link CompositeType} has the letter for, in lower case.
     */
    static boolean isOf(char type, int constructor) {
        return switch (type) {
            case 's' -> isString(constructor);
            case 'x' -> isSymbol(constructor) || isArray(constructor);
            case 'b' -> isBinary(constructor);
            case 'o' -> constructor == UBYTE;
            case 'h' -> constructor == USHORT;
            case 'i' -> isUint(constructor);
            case 'l' -> isUlong(constructor);
            case 't' -> isBoolean(constructor);
            case 'y', 'p' -> isSymbol(constructor);
            case 'm', 'f', 'w' -> isMap(constructor);
            default -> constructor == DESCRIBED;
        };
    }

    // Reading; what is read was checked before.

    /** How many values a list has. */
    static int count(ByteBuffer in, int list) {
        int constructor = in.get(list) & 0xFF;
        return constructor == LIST_0 ? 0 : (int) count(constructor, in, list + 1 + sizeWidth(constructor));
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
        return constructor == LIST_0 ? list + 1 : list + 1 + 2 * sizeWidth(constructor);
    }

    /** The constructor of an array's elements, or -1 where there is no array. */
    static int elementConstructor(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        return isArray(constructor) ? in.get(at + 1 + 2 * sizeWidth(constructor)) & 0xFF : -1;
    }

    static boolean isEmptyCompound(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case LIST_0 -> true;
            case LIST_8, MAP_8 -> in.get(at + 2) == 0;
            case LIST_32, MAP_32 -> in.getInt(at + 5) == 0;
            default -> false;
        };
    }

    public static boolean isNull(ByteBuffer in, int at) {
        return (in.get(at) & 0xFF) == NULL;
    }

    static boolean isUint(int constructor) {
        return constructor == UINT || constructor == UINT_SMALL || constructor == UINT_0;
    }

    static boolean isUlong(int constructor) {
        return constructor == ULONG || constructor == ULONG_SMALL || constructor == ULONG_0;
    }

    static boolean isBoolean(int constructor) {
        return constructor == TRUE || constructor == FALSE || constructor == BOOLEAN;
    }

    static boolean isString(int constructor) {
        return constructor == STRING_8 || constructor == STRING_32;
    }

    static boolean isSymbol(int constructor) {
        return constructor == SYMBOL_8 || constructor == SYMBOL_32;
    }

    static boolean isBinary(int constructor) {
        return constructor == BINARY_8 || constructor == BINARY_32;
    }

    static boolean isMap(int constructor) {
        return constructor == MAP_8 || constructor == MAP_32;
    }

    static boolean isArray(int constructor) {
        return constructor == ARRAY_8 || constructor == ARRAY_32;
    }

    static boolean isList(int constructor) {
        return constructor == LIST_0 || constructor == LIST_8 || constructor == LIST_32;
    }

    public static int uint(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case UINT_0 -> 0;
            case UINT_SMALL -> in.get(at + 1) & 0xFF;
            default -> in.getInt(at + 1);
        };
    }

    public static long ulong(ByteBuffer in, int at) {
        return switch (in.get(at) & 0xFF) {
            case ULONG_0 -> 0;
            case ULONG_SMALL -> in.get(at + 1) & 0xFF;
            default -> in.getLong(at + 1);
        };
    }

    public static boolean bool(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        return constructor == TRUE || (constructor == BOOLEAN && in.get(at + 1) != 0);
    }

    /** The first octet of a value of variable width. */
    public static int contentAt(ByteBuffer in, int at) {
        return at + 1 + sizeWidth(in.get(at) & 0xFF);
    }

    /** How many octets a value of variable width has. */
    public static int contentLength(ByteBuffer in, int at) {
        return isShort(in.get(at) & 0xFF) ? in.get(at + 1) & 0xFF : in.getInt(at + 1);
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
        return isString(constructor) || isSymbol(constructor) ? text(in, at) : null;
    }

    /** The symbols that a symbol is, or an array of them has, in their order. */
    public static List<String> symbols(ByteBuffer in, int at) {
        int constructor = in.get(at) & 0xFF;
        if (isSymbol(constructor)) {
            return List.of(text(in, at));
        }
        int width = sizeWidth(constructor);
        int elementAt = at + 1 + 2 * width;
        int element = in.get(elementAt) & 0xFF;
        if (!isArray(constructor) || !isSymbol(element)) {
            return List.of();
        }
        List<String> symbols = new ArrayList<>();
        int item = elementAt + 1;
        for (long count = count(constructor, in, at + 1 + width); count > 0; count--) {
            int size = isShort(element) ? in.get(item) & 0xFF : in.getInt(item);
            byte[] octets = new byte[size];
            in.get(item + sizeWidth(element), octets);
            symbols.add(new String(octets, StandardCharsets.US_ASCII));
            item += sizeWidth(element) + size;
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
        int width = sizeWidth(constructor);
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
            case LIST_8 -> in.get(list + 2) == 0 ? -1 : list + 3;
            case LIST_32 -> in.getInt(list + 5) == 0 ? -1 : list + 9;
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
