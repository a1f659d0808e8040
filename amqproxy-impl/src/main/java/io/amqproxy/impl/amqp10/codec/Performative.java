package io.amqproxy.impl.amqp10.codec;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A performative as it lies in a buffer: which it is, and where its fields are. One object serves a whole loop; it is
 * good until the next {@link #read}.
 */
public final class Performative {

    // Fields of more than one performative have the same place nowhere, so each has its own names.
    public static final int OPEN_CONTAINER_ID = 0;
    public static final int OPEN_HOSTNAME = 1;
    public static final int OPEN_MAX_FRAME_SIZE = 2;
    public static final int OPEN_CHANNEL_MAX = 3;
    public static final int OPEN_IDLE_TIME_OUT = 4;
    public static final int OPEN_OFFERED_CAPABILITIES = 7;
    public static final int OPEN_DESIRED_CAPABILITIES = 8;
    public static final int OPEN_PROPERTIES = 9;

    public static final int BEGIN_REMOTE_CHANNEL = 0;
    public static final int BEGIN_NEXT_OUTGOING_ID = 1;
    public static final int BEGIN_INCOMING_WINDOW = 2;
    public static final int BEGIN_OUTGOING_WINDOW = 3;
    public static final int BEGIN_HANDLE_MAX = 4;

    public static final int ATTACH_NAME = 0;
    public static final int ATTACH_HANDLE = 1;
    public static final int ATTACH_ROLE = 2;
    public static final int ATTACH_SND_SETTLE_MODE = 3;
    public static final int ATTACH_RCV_SETTLE_MODE = 4;
    public static final int ATTACH_SOURCE = 5;
    public static final int ATTACH_TARGET = 6;
    public static final int ATTACH_UNSETTLED = 7;
    public static final int ATTACH_INCOMPLETE_UNSETTLED = 8;
    public static final int ATTACH_INITIAL_DELIVERY_COUNT = 9;
    public static final int ATTACH_MAX_MESSAGE_SIZE = 10;
    public static final int ATTACH_OFFERED_CAPABILITIES = 11;
    public static final int ATTACH_DESIRED_CAPABILITIES = 12;
    public static final int ATTACH_PROPERTIES = 13;

    public static final int FLOW_NEXT_INCOMING_ID = 0;
    public static final int FLOW_INCOMING_WINDOW = 1;
    public static final int FLOW_NEXT_OUTGOING_ID = 2;
    public static final int FLOW_OUTGOING_WINDOW = 3;
    public static final int FLOW_HANDLE = 4;
    public static final int FLOW_DELIVERY_COUNT = 5;
    public static final int FLOW_LINK_CREDIT = 6;
    public static final int FLOW_AVAILABLE = 7;
    public static final int FLOW_DRAIN = 8;
    public static final int FLOW_ECHO = 9;
    public static final int FLOW_PROPERTIES = 10;

    public static final int TRANSFER_HANDLE = 0;
    public static final int TRANSFER_DELIVERY_ID = 1;
    public static final int TRANSFER_DELIVERY_TAG = 2;
    public static final int TRANSFER_MESSAGE_FORMAT = 3;
    public static final int TRANSFER_SETTLED = 4;
    public static final int TRANSFER_MORE = 5;
    public static final int TRANSFER_RCV_SETTLE_MODE = 6;
    public static final int TRANSFER_STATE = 7;
    public static final int TRANSFER_RESUME = 8;
    public static final int TRANSFER_ABORTED = 9;
    public static final int TRANSFER_BATCHABLE = 10;

    public static final int DISPOSITION_ROLE = 0;
    public static final int DISPOSITION_FIRST = 1;
    public static final int DISPOSITION_LAST = 2;
    public static final int DISPOSITION_SETTLED = 3;
    public static final int DISPOSITION_STATE = 4;
    public static final int DISPOSITION_BATCHABLE = 5;

    public static final int DETACH_HANDLE = 0;
    public static final int DETACH_CLOSED = 1;
    public static final int DETACH_ERROR = 2;

    public static final int END_ERROR = 0;
    public static final int CLOSE_ERROR = 0;

    public static final int SASL_INIT_MECHANISM = 0;
    public static final int SASL_INIT_RESPONSE = 1;
    public static final int SASL_INIT_HOSTNAME = 2;
    public static final int SASL_RESPONSE_CONTENT = 0;
    public static final int SASL_OUTCOME_CODE = 0;
    public static final int SASL_MECHANISMS_LIST = 0;

    private static final int MAX_FIELDS = 16;

    /** What the descriptors of performatives begin with, in their short form. */
    private static final int SHORT_DESCRIPTOR = FormatCode.DESCRIBED << 8 | FormatCode.ULONG_SMALL;

    private final int[] at = new int[MAX_FIELDS];
    private final int[] endAt = new int[MAX_FIELDS];
    private ByteBuffer in = ByteBuffer.allocate(0);
    private CompositeType type = CompositeType.OPEN;
    /** How many fields it says, which those that are left out at its end do not count to. */
    private int count;
    /** A bit for each field that is there, and not null. */
    private int present;

    private int end;

    /**
     * Reads the performative between these offsets, behind which there may be a payload.
     *
     * @throws AmqpError with {@code amqp:decode-error}, where it is none, is malformed, or a field is of a wrong type
     */
    public Performative read(ByteBuffer buffer, int from, int to) throws AmqpError {
        return read(buffer, from, to, false);
    }

    /**
     * The same.
     *
     * @param isLenient whether it is read as RabbitMQ reads its clients: as many fields as there are, whatever their
     *     number is said to be, and without errors that are none
     */
    public Performative read(ByteBuffer buffer, int from, int to, boolean isLenient) throws AmqpError {
        in = buffer;
        int list = descriptor(from, to);
        int constructor = Values.constructor(in, list, to);
        if (!FormatCode.isList(constructor)) {
            throw AmqpError.field("a performative is a list");
        }
        count = 0;
        present = 0;
        end = constructor == FormatCode.LIST_0 ? list + 1 : readFields(list, constructor, to, isLenient);
        if ((type.mandatory() & ~present) != 0) {
            int missing = Integer.numberOfTrailingZeros(type.mandatory() & ~present);
            throw AmqpError.field("field " + missing + " of " + type + " is missing");
        }
        return this;
    }

    private int descriptor(int from, int to) throws AmqpError {
        if (Values.constructor(in, from, to) != FormatCode.DESCRIBED) {
            throw AmqpError.decode("performative expected");
        }
        if (to - from > 2 && in.getShort(from) == SHORT_DESCRIPTOR) {
            type = known(CompositeType.of(in.get(from + 2) & 0xFF));
            return from + 3;
        }
        int descriptor = from + 1;
        int constructor = Values.constructor(in, descriptor, to);
        int list = Values.skip(in, descriptor, to);
        CompositeType known = FormatCode.isUlong(constructor) ? CompositeType.of(Values.ulong(in, descriptor)) : null;
        if (known == null && FormatCode.isSymbol(constructor)) {
            known = bySymbol(Values.text(in, descriptor));
        }
        type = known(known);
        return list;
    }

    private static CompositeType known(@Nullable CompositeType type) throws AmqpError {
        if (type == null) {
            throw AmqpError.decode("unknown performative");
        }
        return type;
    }

    private static @Nullable CompositeType bySymbol(String symbol) {
        for (CompositeType one : CompositeType.values()) {
            String name = one.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            if (symbol.equals("amqp:" + name + ":list")) {
                return one;
            }
        }
        return null;
    }

    private int readFields(int list, int constructor, int to, boolean isLenient) throws AmqpError {
        int width = constructor == FormatCode.LIST_8 ? 1 : 4;
        if (to - list - 1 < 2 * width) {
            throw AmqpError.decode("performative is cut off");
        }
        long size = width == 1 ? in.get(list + 1) & 0xFF : in.getInt(list + 1) & 0xFFFF_FFFFL;
        long said = width == 1 ? in.get(list + 2) & 0xFF : in.getInt(list + 5) & 0xFFFF_FFFFL;
        if (size > to - list - 1 - width || size < width) {
            throw AmqpError.decode("performative is cut off");
        }
        int behind = (int) (list + 1 + width + size);
        readFields(list + 1 + 2 * width, behind, isLenient);
        if (count != said && !isLenient) {
            throw AmqpError.decode(type + " whose size does not fit to its fields");
        }
        return behind;
    }

    private void readFields(int first, int behind, boolean isLenient) throws AmqpError {
        int most = type.fields();
        int error = isLenient ? type.error() : -1;
        int field = 0;
        for (int item = first; item < behind; field++) {
            if (field == most) {
                throw AmqpError.decode("too many fields in " + type);
            }
            int next = Values.skipField(in, item, behind);
            int constructor = in.get(item) & 0xFF;
            at[field] = item;
            endAt[field] = next;
            if (constructor != FormatCode.NULL && (field != error || Composite.isError(in, item, next))) {
                present |= 1 << field;
                if ((FormatCode.types(constructor) & type.types(field)) == 0) {
                    throw AmqpError.field("field " + field + " of " + type + " is of a wrong type");
                }
            }
            item = next;
        }
        count = field;
    }

    /**
     * Checks the values that lie in its fields, which {@link #read} takes whatever they are.
     *
     * @param isStrict whether the entries of maps are looked at too, as Qpid Broker-J does
     * @throws AmqpError with {@code amqp:decode-error}, where one is of another type, or a field of it is
     */
    public void checkValues(boolean isStrict) throws AmqpError {
        switch (type) {
            case ATTACH -> {
                checkAttach(isStrict);
                checkMode(ATTACH_SND_SETTLE_MODE, 2);
                checkMode(ATTACH_RCV_SETTLE_MODE, 1);
            }
            case FLOW -> check('f', FLOW_PROPERTIES, isStrict);
            case TRANSFER -> {
                checkState(TRANSFER_STATE, isStrict);
                checkMode(TRANSFER_RCV_SETTLE_MODE, 1);
            }
            case DISPOSITION -> checkState(DISPOSITION_STATE, isStrict);
            case DETACH -> checkError(DETACH_ERROR, isStrict);
            case END, CLOSE -> checkError(END_ERROR, isStrict);
            default -> {}
        }
    }

    /**
     * Checks the elements of arrays, anywhere in a frame with values of a client's own.
     *
     * @throws AmqpError with {@code amqp:decode-error}, where RabbitMQ cannot read them
     */
    public void checkArrays() throws AmqpError {
        int first = type == CompositeType.TRANSFER ? TRANSFER_STATE : 0;
        int last = type == CompositeType.TRANSFER ? TRANSFER_STATE : at.length - 1;
        for (int field = first; field <= last; field++) {
            if (has(field)) {
                ArrayElements.check(in, at[field], endAt[field]);
            }
        }
    }

    /** Whether it gives a delivery a state within a transaction. */
    public boolean isTransactional() {
        return (type == CompositeType.TRANSFER || type == CompositeType.DISPOSITION)
                && has(stateField())
                && Composite.read(in, at[stateField()], endAt[stateField()]) == Composite.TRANSACTIONAL_STATE;
    }

    private int stateField() {
        return type == CompositeType.TRANSFER ? TRANSFER_STATE : DISPOSITION_STATE;
    }

    /** Whether it says that deliveries were rejected, perhaps for an error. */
    public boolean isRejection() {
        return type == CompositeType.DISPOSITION
                && has(DISPOSITION_STATE)
                && Composite.read(in, at[DISPOSITION_STATE], endAt[DISPOSITION_STATE]) == Composite.REJECTED;
    }

    /** Whether it says what became of deliveries for good (part 3, section 3.4), outside of a transaction. */
    public boolean isOutcome() {
        if (type != CompositeType.DISPOSITION || !has(DISPOSITION_STATE)) {
            return false;
        }
        Composite state = Composite.read(in, at[DISPOSITION_STATE], endAt[DISPOSITION_STATE]);
        return state != null && state.isOutcome();
    }

    /** Whether it says within a transaction that deliveries were accepted. */
    public boolean acceptsInTransaction() {
        return type == CompositeType.DISPOSITION
                && has(DISPOSITION_STATE)
                && Composite.acceptsInTransaction(in, at[DISPOSITION_STATE], endAt[DISPOSITION_STATE]);
    }

    /** What a transaction is called that was declared with this (part 4, section 4.5.4), or null if none was. */
    public byte @Nullable [] declared() {
        int state = at[DISPOSITION_STATE];
        int end = endAt[DISPOSITION_STATE];
        if (type != CompositeType.DISPOSITION
                || !has(DISPOSITION_STATE)
                || Composite.read(in, state, end) != Composite.DECLARED) {
            return null;
        }
        int id = Composite.firstBinary(in, state, end);
        return id < 0 ? null : Values.content(in, id);
    }

    /** Where the id is of the transaction that the state of a delivery is part of, or -1 if it has none. */
    public int transaction() {
        return Composite.firstBinary(in, at[stateField()], endAt[stateField()]);
    }

    /** How many octets that id has, which is there. */
    public int idLength(int id) {
        return Values.contentLength(in, id);
    }

    /** The same of the transaction that the message behind it, up to this offset, discharges. */
    public int discharged(int payloadEnd) {
        return Composite.discharged(in, end, payloadEnd);
    }

    /** Whether the message behind it, up to this offset, declares a transaction. */
    public boolean declares(int payloadEnd) {
        return Composite.isDeclare(in, end, payloadEnd);
    }

    private void checkAttach(boolean isStrict) throws AmqpError {
        if (has(ATTACH_SOURCE)) {
            Composite.checkSource(in, at[ATTACH_SOURCE], endAt[ATTACH_SOURCE], isStrict);
        }
        if (has(ATTACH_TARGET)) {
            Composite.checkTarget(in, at[ATTACH_TARGET], endAt[ATTACH_TARGET], isStrict);
        }
        if (has(ATTACH_UNSETTLED) && isStrict) {
            InnerValues.checkUnsettled(in, at[ATTACH_UNSETTLED], endAt[ATTACH_UNSETTLED]);
        }
        check('x', ATTACH_OFFERED_CAPABILITIES, isStrict);
        check('x', ATTACH_DESIRED_CAPABILITIES, isStrict);
        check('f', ATTACH_PROPERTIES, isStrict);
    }

    private void check(char innerType, int field, boolean isStrict) throws AmqpError {
        if (has(field)) {
            InnerValues.check(innerType, in, at[field], endAt[field], isStrict);
        }
    }

    private void checkState(int field, boolean isStrict) throws AmqpError {
        if (has(field)) {
            Composite.checkState(in, at[field], endAt[field], isStrict);
        }
    }

    private void checkError(int field, boolean isStrict) throws AmqpError {
        if (has(field)) {
            Composite.checkError(in, at[field], endAt[field], isStrict);
        }
    }

    private void checkMode(int field, int most) throws AmqpError {
        if (ubyte(field, 0) > most) {
            throw AmqpError.field("settle mode " + ubyte(field, 0));
        }
    }

    public CompositeType type() {
        return type;
    }

    public ByteBuffer buffer() {
        return in;
    }

    /** The offset behind the performative, where the payload begins. */
    public int end() {
        return end;
    }

    public boolean has(int field) {
        return (present >> field & 1) != 0;
    }

    /**
     * The offset where the fields begin that follow this one as they are encoded, which is the performative's end where
     * there are none.
     */
    public int behind(int field) {
        return field < count ? endAt[field] : end;
    }

    /** How many fields follow this one. */
    public int countBehind(int field) {
        return Math.max(0, count - field - 1);
    }

    /** The offset of the field's value; it is there. */
    public int at(int field) {
        return at[field];
    }

    /** The offset behind the field's value; it is there. */
    public int endOf(int field) {
        return endAt[field];
    }

    public int uint(int field, int otherwise) {
        return !has(field) ? otherwise : Values.uint(in, at[field]);
    }

    public int ushort(int field, int otherwise) {
        return !has(field) ? otherwise : in.getShort(at[field] + 1) & 0xFFFF;
    }

    public int ubyte(int field, int otherwise) {
        return !has(field) ? otherwise : in.get(at[field] + 1) & 0xFF;
    }

    public long ulong(int field, long otherwise) {
        return !has(field) ? otherwise : Values.ulong(in, at[field]);
    }

    public boolean bool(int field) {
        return has(field) && Values.bool(in, at[field]);
    }

    /** A string or a symbol, or null. */
    public @Nullable String text(int field) {
        return !has(field) ? null : Values.text(in, at[field]);
    }

    /** The field as it is encoded, or null. */
    public byte @Nullable [] raw(int field) {
        if (!has(field)) {
            return null;
        }
        byte[] octets = new byte[endAt[field] - at[field]];
        in.get(at[field], octets);
        return octets;
    }

    /** So many fields from this one on as they are encoded, one behind the other; null where one is absent. */
    public byte[] raws(int first, int count) {
        int length = 0;
        for (int field = first; field < first + count; field++) {
            length += !has(field) ? 1 : endAt[field] - at[field];
        }
        byte[] octets = new byte[length];
        int to = 0;
        for (int field = first; field < first + count; field++) {
            if (!has(field)) {
                octets[to++] = FormatCode.NULL;
            } else {
                in.get(at[field], octets, to, endAt[field] - at[field]);
                to += endAt[field] - at[field];
            }
        }
        return octets;
    }

    /** Whether the field is absent, or a list or map with nothing in it. */
    public boolean isEmpty(int field) {
        return !has(field) || Values.isEmptyCompound(in, at[field]);
    }

    /** The octets of a binary, empty where it is absent. */
    public byte[] content(int field) {
        return !has(field) ? new byte[0] : Values.content(in, at[field]);
    }

    /** The symbols that the field is or has, in their order. */
    public List<String> symbols(int field) {
        return !has(field) ? List.of() : Values.symbols(in, at[field]);
    }

    /** Whether the field, a map, has such a key. */
    public boolean hasKey(int field, String key) {
        return has(field) && Values.hasKey(in, at[field], key);
    }

    /** The text that the field, a map, has for this key; null where there is none. */
    public @Nullable String textOf(int field, String key) {
        return !has(field) ? null : Values.textOf(in, at[field], key);
    }

    /** Whether the field is, or has, this symbol. */
    public boolean hasSymbol(int field, String symbol) {
        return has(field) && Values.hasSymbol(in, at[field], symbol);
    }

    /** The condition of the error in this field, or null. */
    public @Nullable String error(int field) {
        return !has(field) ? null : Values.errorCondition(in, at[field]);
    }

    /** What the error in this field says for programs, as {@link Composite#errorInfo}. */
    public byte @Nullable [] errorInfo(int field, int most) {
        return !has(field) ? null : Composite.errorInfo(in, at[field], endAt[field], most);
    }

    @Override
    public String toString() {
        return type.toString();
    }
}
