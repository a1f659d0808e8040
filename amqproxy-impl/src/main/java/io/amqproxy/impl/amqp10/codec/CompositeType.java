package io.amqproxy.impl.amqp10.codec;

import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The performatives (part 2, section 2.7, and part 5, section 5.3.3) and some composite types in them, each with its
 * fields: one letter for the type, in upper case where the field is mandatory.
 *
 * <ul>
 *   <li>{@code s} string, {@code y} symbol, {@code x} one or more symbols, {@code b} binary
 *   <li>{@code o} ubyte, {@code h} ushort, {@code i} uint, {@code l} ulong, {@code t} boolean
 *   <li>{@code m} map, {@code d} a described value
 * </ul>
 */
public enum CompositeType {
    OPEN(0x10, "Ssihixxxxm"),
    BEGIN(0x11, "hIIIixxm"),
    ATTACH(0x12, "SITooddmtilxxm"),
    FLOW(0x13, "iIIIiiiittm"),
    TRANSFER(0x14, "Iibittodttt"),
    DISPOSITION(0x15, "TIitdt"),
    DETACH(0x16, "Itd"),
    END(0x17, "d"),
    CLOSE(0x18, "d"),
    SASL_MECHANISMS(0x40, "X"),
    SASL_INIT(0x41, "Ybs"),
    SASL_CHALLENGE(0x42, "B"),
    SASL_RESPONSE(0x43, "B"),
    SASL_OUTCOME(0x44, "Ob");

    private static final @Nullable CompositeType[] BY_CODE = new CompositeType[0x50];

    /** The types of each field, as {@link FormatCode#types} tells them; by the performative's code. */
    private static final int[][] FIELDS = new int[BY_CODE.length][];

    static {
        for (CompositeType type : values()) {
            BY_CODE[type.code] = type;
            FIELDS[type.code] = type.fields
                    .toLowerCase(Locale.ROOT)
                    .chars()
                    .map(letter -> FormatCode.bit((char) letter))
                    .toArray();
        }
    }

    private final int code;
    private final String fields;
    private final String protocolName;
    /** A bit for each field that has to be there. */
    private final int mandatory;

    CompositeType(int code, String fields) {
        this.code = code;
        this.fields = fields;
        this.protocolName = name().toLowerCase(Locale.ROOT).replace('_', '-');
        this.mandatory = IntStream.range(0, fields.length())
                .filter(field -> Character.isUpperCase(fields.charAt(field)))
                .map(field -> 1 << field)
                .sum();
    }

    /** The name in the specification's spelling: {@code sasl-init}. */
    public String protocolName() {
        return protocolName;
    }

    /** The lower half of its descriptor's code; the upper is 0. */
    public int code() {
        return code;
    }

    /** How many fields there may be. */
    int fields() {
        return fields.length();
    }

    /** The types that a field may be of, as {@link FormatCode#types} tells them. */
    int types(int field) {
        return FIELDS[code][field];
    }

    /** The field that says what the peer ends something for, or -1. */
    int error() {
        return switch (this) {
            case DETACH -> Performative.DETACH_ERROR;
            case END -> Performative.END_ERROR;
            case CLOSE -> Performative.CLOSE_ERROR;
            default -> -1;
        };
    }

    /** A bit for each field that has to be there. */
    int mandatory() {
        return mandatory;
    }

    /** Whether it says something within a session, and neither begins nor ends one. */
    public boolean isWithinSession() {
        return code >= ATTACH.code && code <= DETACH.code;
    }

    public boolean isSasl() {
        return code >= 0x40;
    }

    /** The performative with this descriptor, or null. */
    public static @Nullable CompositeType of(long code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[(int) code] : null;
    }
}
