package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.ContentHeader;
import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.trace.TracedMessage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Methods, messages and heartbeats of AMQP 0-9-1, of one direction. */
final class Decoder091 implements FrameScanner.Decoder {

    private static final String SECRET = "***";
    /** Octets of a method's number. */
    private static final int ID = 4;

    private static final int UNWANTED_PLACES = 16;

    /** Longer methods and content headers are told of without what is in them. */
    private static final int MOST_KEPT = 256 * 1024;

    /** More than peers agree to; a number above it is no channel's. */
    private static final int MOST_CHANNELS = 4096;

    /** What incomplete messages of all channels may take together, or one of them if more is wanted of it. */
    private static final int MOST_GATHERED = 1024 * 1024;

    private final EventSink sink;
    private final boolean isTowardsBroker;
    private final Conversation091 conversation;
    private final ArgumentReader arguments = new ArgumentReader();
    /** Messages of which the end is yet to come, by channel. */
    private final Map<Integer, Incomplete> incomplete = new HashMap<>();
    /** Octets of their properties and bodies. */
    private int gathered;
    /** What was decided of methods, in this epoch of the sink. */
    private final Map<Method, Boolean> lookedAt = new EnumMap<>(Method.class);

    private @Nullable Object epoch;

    /** Some of the numbers of methods that were found not to be looked at, in this epoch, each in its place. */
    private final int[] unwanted = new int[UNWANTED_PLACES];

    /**
     * @param isTowardsBroker whether what is said goes to the broker, and does not come from it
     * @param conversation of both directions
     */
    Decoder091(EventSink sink, boolean isTowardsBroker, Conversation091 conversation) {
        this.sink = sink;
        this.isTowardsBroker = isTowardsBroker;
        this.conversation = conversation;
    }

    /** In the order in which they lie there, each by its head and its last octet. */
    @Override
    public int passOver(ByteBuffer in, int from, int to) {
        int at = from;
        if (!incomplete.isEmpty() || epoch != sink.epoch()) {
            return at;
        }
        while (to - at >= Frame.OVERHEAD + ID) {
            long head = in.getLong(at);
            int type = (int) (head >>> (Long.SIZE - Byte.SIZE));
            long end = at + Frame.OVERHEAD + ((head >>> Byte.SIZE) & 0xFFFF_FFFFL);
            if (end > to || in.get((int) end - 1) != Frame.END || !isPassedOver(type, in, at, end)) {
                break;
            }
            at = (int) end;
        }
        return at;
    }

    private boolean isPassedOver(int type, ByteBuffer in, int at, long end) {
        if (type == Frame.METHOD) {
            int id = in.getInt(at + Frame.PAYLOAD_OFFSET);
            return end - at >= Frame.OVERHEAD + ID && unwanted[place(id)] == id;
        }
        return type == Frame.BODY || type == Frame.HEADER;
    }

    private static int place(int id) {
        return (id ^ id >>> Short.SIZE) & (UNWANTED_PLACES - 1);
    }

    private static final class Incomplete {
        final String name;
        final Map<String, Object> arguments;
        final int bodyLimit;
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        Map<String, Object> properties = Map.of();
        /** Of the method, which is short. */
        final int octets;
        /** Of the properties as they came. */
        int described;

        long size = -1;
        long received;

        Incomplete(String name, Map<String, Object> arguments, int bodyLimit, int octets) {
            this.name = name;
            this.arguments = arguments;
            this.bodyLimit = bodyLimit;
            this.octets = octets;
        }
    }

    /** How many octets more of the body are kept. */
    private int room(Incomplete message) {
        int most = Math.max(MOST_GATHERED, message.bodyLimit);
        return Math.max(0, Math.min(message.bodyLimit - message.body.size(), most - gathered));
    }

    private void forget(int channel) {
        Incomplete message = incomplete.remove(channel);
        if (message != null) {
            gathered -= message.described + message.body.size();
        }
    }

    @Override
    public boolean isFrame(ByteBuffer in, int at) {
        return FrameScanner.isFrame091(in, at);
    }

    @Override
    public long total(ByteBuffer in, int at) {
        return Frame.size(in, at) + Frame.OVERHEAD;
    }

    @Override
    public boolean mayEndWith(byte last) {
        return last == Frame.END;
    }

    @Override
    public boolean canBeFound() {
        return true;
    }

    @Override
    public boolean isFound(ByteBuffer head) {
        return Frame.type(head, 0) == Frame.METHOD
                && Frame.channel(head, 0) < MOST_CHANNELS
                && Frame.size(head, 0) >= ID
                && Frame.size(head, 0) < Frame.MIN_FRAME_MAX
                && Method.of(Frame.methodId(head, 0)) != null;
    }

    @Override
    public int keep(ByteBuffer in, int at, long total) {
        int type = Frame.type(in, at);
        if (type == Frame.HEARTBEAT) {
            return sink.wanted(EventNames.HEARTBEAT) == EventSink.UNWANTED ? 0 : (int) total;
        }
        Incomplete message = incomplete.isEmpty() ? null : incomplete.get(Frame.channel(in, at));
        if (type == Frame.METHOD) {
            return message == null && !isLookedAt(methodOf(in, at, total)) ? 0 : (int) Math.min(total, MOST_KEPT);
        }
        if (message == null) {
            return 0;
        }
        return (int) Math.min(total, type == Frame.HEADER ? MOST_KEPT : (long) Frame.PAYLOAD_OFFSET + room(message));
    }

    /** By its number alone; decided once for each method while nothing changes. */
    private boolean isLookedAt(@Nullable Method method) {
        if (method == null) {
            return sink.wanted(nameOf(null)) != EventSink.UNWANTED;
        }
        if (epoch != sink.epoch()) {
            epoch = sink.epoch();
            lookedAt.clear();
            Arrays.fill(unwanted, 0);
        }
        Boolean known = lookedAt.get(method);
        if (known == null) {
            known = Conversation091.isNeeded(method) || sink.wanted(nameOf(method)) != EventSink.UNWANTED;
            lookedAt.put(method, known);
        }
        if (!known) {
            unwanted[place(method.id())] = method.id();
        }
        return known;
    }

    private static @Nullable Method methodOf(ByteBuffer in, int at, long total) {
        return total < Frame.OVERHEAD + ID ? null : Method.of(Frame.methodId(in, at));
    }

    private static String nameOf(@Nullable Method method) {
        return method == null ? EventNames.UNKNOWN_METHOD : method.toString();
    }

    @Override
    public void onFrame(ByteBuffer kept, long total) {
        int channel = Frame.channel(kept, 0);
        switch (Frame.type(kept, 0)) {
            case Frame.METHOD -> onMethod(kept, channel, total);
            case Frame.HEADER -> onHeader(kept, channel, total);
            case Frame.BODY -> onBody(kept, channel, total - Frame.OVERHEAD);
            default -> {
                if (sink.wanted(EventNames.HEARTBEAT) != EventSink.UNWANTED) {
                    sink.tell(0, EventNames.HEARTBEAT, Map.of(), null, 0);
                }
            }
        }
    }

    private void onMethod(ByteBuffer in, int channel, long total) {
        forget(channel);
        Method method = methodOf(in, 0, total);
        String name = nameOf(method);
        int bodyLimit = sink.wanted(name);
        boolean isNeeded = method != null && Conversation091.isNeeded(method);
        if (bodyLimit == EventSink.UNWANTED && !isNeeded) {
            return;
        }
        Map<String, Object> values = method == null || in.limit() < total ? Map.of() : values(in, method);
        if (method != null && isNeeded) {
            conversation.onMethod(isTowardsBroker, method, channel, values);
        }
        if (bodyLimit != EventSink.UNWANTED) {
            bodyLimit = sink.wanted(name, conversation.told(isTowardsBroker, name, channel, values));
        }
        if (bodyLimit == EventSink.UNWANTED) {
            return;
        }
        if (method != null && hasContent(method) && incomplete.size() < MOST_CHANNELS) {
            incomplete.put(channel, new Incomplete(name, values, bodyLimit, in.limit()));
        } else {
            sink.tell(channel, name, values, null, in.limit());
        }
    }

    private static boolean hasContent(Method method) {
        return switch (method) {
            case BASIC_PUBLISH, BASIC_RETURN, BASIC_DELIVER, BASIC_GET_OK -> true;
            default -> false;
        };
    }

    private Map<String, Object> values(ByteBuffer in, Method method) {
        Map<String, Object> values = new LinkedHashMap<>();
        try {
            ArgumentReader.check(in, 0, method);
            ArgumentReader reader = arguments.reset(in, 0);
            List<String> names = ArgumentNames.of(method);
            for (int i = 0; i < names.size(); i++) {
                read(in, reader, method, names.get(i), method.arguments().charAt(i), values);
            }
        } catch (AmqpException malformed) {
            values.put("malformed", true);
        }
        return values;
    }

    private static void read(
            ByteBuffer in, ArgumentReader reader, Method method, String name, char type, Map<String, Object> values)
            throws AmqpException {
        if (type == 'B') {
            readBits(reader.octet(), name, values);
            return;
        }
        Object value = switch (type) {
            case 'o' -> reader.octet();
            case 's' -> reader.shortInt();
            case 'l' -> reader.longInt() & 0xFFFF_FFFFL;
            case 'L' -> reader.longLong();
            case 'S' -> reader.shortString();
            case 'X' -> reader.longText();
            default -> FieldTable.readAll(in, reader.skipTable());
        };
        if (isSecret(method, name)) {
            values.put(name, SECRET);
        } else if (!name.equals(ArgumentNames.RESERVED)) {
            values.put(name, value);
        }
    }

    private static boolean isSecret(Method method, String name) {
        return switch (method) {
            case CONNECTION_START_OK, CONNECTION_SECURE_OK -> name.equals("response");
            case CONNECTION_UPDATE_SECRET -> name.equals("new-secret");
            default -> false;
        };
    }

    private static void readBits(int octet, String names, Map<String, Object> values) {
        if (names.equals(ArgumentNames.RESERVED)) {
            return;
        }
        int bit = 1;
        for (String name : names.split("\\+", -1)) {
            values.put(name, (octet & bit) != 0);
            bit <<= 1;
        }
    }

    private void onHeader(ByteBuffer in, int channel, long total) {
        Incomplete message = incomplete.get(channel);
        if (message == null || message.size >= 0) {
            return;
        }
        try {
            message.size = total < Frame.OVERHEAD + Frame.MIN_HEADER_PAYLOAD ? 0 : in.getLong(Frame.BODY_SIZE_OFFSET);
            if (in.limit() == total && gathered + in.limit() <= MOST_GATHERED) {
                message.described = in.limit();
                gathered += in.limit();
                ContentHeader.check(in, 0);
                message.properties = Properties091.read(in);
            }
        } catch (AmqpException malformed) {
            message.properties = Map.of("malformed", true);
        }
        endIfComplete(channel, message);
    }

    private void onBody(ByteBuffer in, int channel, long size) {
        Incomplete message = incomplete.get(channel);
        if (message == null || message.size < 0) {
            return;
        }
        int kept = (int) Math.min(size, Math.min(room(message), in.limit() - Frame.PAYLOAD_OFFSET));
        byte[] octets = new byte[kept];
        in.get(Frame.PAYLOAD_OFFSET, octets);
        message.body.writeBytes(octets);
        gathered += kept;
        message.received += size;
        endIfComplete(channel, message);
    }

    private void endIfComplete(int channel, Incomplete message) {
        if (message.received < message.size) {
            return;
        }
        forget(channel);
        byte[] body = message.body.toByteArray();
        sink.tell(
                channel,
                message.name,
                conversation.told(isTowardsBroker, message.name, channel, message.arguments),
                TracedMessage.of(message.properties, body, message.size),
                message.octets + message.described);
    }
}
