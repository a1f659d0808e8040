package io.amqproxy.impl.amqp10.codec;

/**
 * The octet that a value begins with, its constructor: of which type the value is, and how many octets follow (part 1,
 * section 1.6).
 */
final class FormatCode {

    /** A descriptor and a value follow. */
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

    static final int VARIABLE = -1;

    /** The octets behind a constructor, where they say nothing else; otherwise {@link #VARIABLE}. */
    private static final byte[] WIDTHS = new byte[256];

    /** The types that a constructor is of: a bit for each letter that {@link CompositeType} has. */
    private static final int[] TYPES = new int[256];

    static {
        for (int constructor = 0; constructor < TYPES.length; constructor++) {
            WIDTHS[constructor] = (byte) widthOf(constructor);
            for (char type = 'a'; type <= 'z'; type++) {
                TYPES[constructor] |= isOf(type, constructor) ? bit(type) : 0;
            }
        }
    }

    private FormatCode() {}

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

    /** The octets behind a constructor, where they say nothing else; otherwise {@link #VARIABLE}. */
    static int width(int constructor) {
        return WIDTHS[constructor];
    }

    /** The bit of a type, by its letter in lower case. */
    static int bit(char type) {
        return 1 << (type - 'a');
    }

    /** The types that a constructor is of, each by its {@link #bit}. */
    static int types(int constructor) {
        return TYPES[constructor];
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
            case 'i', 'n' -> isUint(constructor);
            case 'l' -> isUlong(constructor);
            case 't' -> isBoolean(constructor);
            case 'y', 'p' -> isSymbol(constructor);
            case 'm', 'f', 'w' -> isMap(constructor);
            default -> constructor == DESCRIBED;
        };
    }

    static boolean isShort(int constructor) {
        return constructor < 0xB0 || (constructor >= 0xC0 && constructor < 0xD0) || (constructor & 0xF0) == 0xE0;
    }

    /** The octets that say how long a value of variable width is. */
    static int sizeWidth(int constructor) {
        return isShort(constructor) ? 1 : 4;
    }

    static boolean isEmptyByNature(int constructor) {
        return constructor >= NULL && constructor <= LIST_0;
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
}
