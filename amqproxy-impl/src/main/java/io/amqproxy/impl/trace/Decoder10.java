package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.trace.TracedMessage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Performatives of AMQP 1.0, of one direction. A message is told with the last of its transfers. Of tokens for
 * claims-based security, and of links of which it is not known what they are, nothing is in it.
 */
final class Decoder10 implements FrameScanner.Decoder {

    private static final int HEAD = 8;
    /** Octets of a performative's descriptor. */
    private static final int CODE = 3;
    /** Its format code (part 1, section 1.6.9). */
    private static final int ULONG_SMALL = 0x53;
    /** A frame of AMQP whose head has no extension (part 2, section 2.3.1). */
    private static final int PLAIN = 0x0200;

    private static final String TRANSFER = "transfer";

    /** Longer performatives are told of without what is in them. */
    private static final int LONGEST_PERFORMATIVE = 256 * 1024;

    private static final String SECRET = "***";

    private final EventSink sink;
    /** Which types of performatives were found not to be wanted, by their codes, in this epoch of the sink. */
    private final boolean[] unwanted = new boolean[Byte.MAX_VALUE + 1];

    private @Nullable Object epoch;
    private final Performative performative = new Performative();
    private final TracedLinks links;
    private final boolean isTowardsBroker;
    private final Conversation10 conversation;

    /**
     * @param isTowardsBroker whether messages go to nodes of the broker, and do not come from them
     * @param conversation of both directions
     */
    Decoder10(EventSink sink, boolean isTowardsBroker, Conversation10 conversation) {
        this.sink = sink;
        this.isTowardsBroker = isTowardsBroker;
        this.conversation = conversation;
        this.links = new TracedLinks(isTowardsBroker);
    }

    /** Those whose type nobody wants, which their head says in the form that all peers use. */
    @Override
    public int passOver(ByteBuffer in, int from, int to) {
        int at = from;
        if (epoch != sink.epoch()) {
            epoch = sink.epoch();
            Arrays.fill(unwanted, false);
        }
        while (to - at >= HEAD + CODE) {
            long total = total(in, at);
            // Eight octets before the body, a frame of AMQP, and the beginning of a descriptor.
            boolean isPlain = total >= HEAD + CODE
                    && total <= to - at
                    && in.getShort(at + 4) == PLAIN
                    && in.getShort(at + HEAD) == ULONG_SMALL;
            if (!isPlain || !isPassedOver(in.get(at + HEAD + 2))) {
                break;
            }
            at += (int) total;
        }
        return at;
    }

    private boolean isPassedOver(int code) {
        CompositeType type = code > 0 ? CompositeType.of(code) : null;
        return type != null && unwanted[code] && !conversation.isNeeded(type);
    }

    @Override
    public boolean isFrame(ByteBuffer in, int at) {
        long size = total(in, at);
        int offset = 4 * (in.get(at + 4) & 0xFF);
        return size >= HEAD
                && size <= FrameScanner.MAX_FRAME
                && offset >= HEAD
                && offset <= size
                && in.get(at + 5) <= 1;
    }

    @Override
    public long total(ByteBuffer in, int at) {
        return in.getInt(at) & 0xFFFF_FFFFL;
    }

    @Override
    public boolean mayEndWith(byte last) {
        return true;
    }

    @Override
    public boolean canBeFound() {
        return false;
    }

    @Override
    public boolean isFound(ByteBuffer head) {
        return false;
    }

    @Override
    public int keep(ByteBuffer in, int at, long total) {
        CompositeType type = typeOf(in, at, total);
        if (total == HEAD
                ? sink.wanted(EventNames.HEARTBEAT) == EventSink.UNWANTED
                : type != null && !isLookedAt(type)) {
            return 0;
        }
        return (int) Math.min(total, (long) LONGEST_PERFORMATIVE + Math.max(0, sink.wanted(TRANSFER)));
    }

    /** {@return of what type the performative is, if its head says so in the way that all peers have, else null} */
    private static @Nullable CompositeType typeOf(ByteBuffer in, int at, long total) {
        boolean isPlain = total >= HEAD + CODE
                && in.get(at + 4) == 2
                && in.get(at + HEAD) == 0
                && in.get(at + HEAD + 1) == ULONG_SMALL;
        return isPlain ? CompositeType.of(in.get(at + HEAD + 2) & 0xFF) : null;
    }

    /** By its type alone. */
    private boolean isLookedAt(CompositeType type) {
        boolean isWanted = sink.wanted(type.protocolName()) != EventSink.UNWANTED;
        if (epoch == sink.epoch() && type.code() < unwanted.length) {
            unwanted[type.code()] = !isWanted;
        }
        return isWanted || conversation.isNeeded(type);
    }

    @Override
    public void onFrame(ByteBuffer kept, long total) {
        int from = 4 * (kept.get(4) & 0xFF);
        int channel = kept.get(5) == 0 ? kept.getShort(6) & 0xFFFF : 0;
        if (from == total) {
            if (sink.wanted(EventNames.HEARTBEAT) != EventSink.UNWANTED) {
                sink.tell(channel, EventNames.HEARTBEAT, Map.of(), null, 0);
            }
            return;
        }
        try {
            onPerformative(performative.read(kept, from, kept.limit()), channel, from, total);
        } catch (AmqpError malformed) {
            if (sink.wanted(EventNames.MALFORMED) != EventSink.UNWANTED) {
                sink.tell(channel, EventNames.MALFORMED, Map.of(), null, 0);
            }
        }
    }

    private void onPerformative(Performative read, int channel, int from, long total) throws AmqpError {
        links.onPerformative(read, channel);
        String note = conversation.onPerformative(isTowardsBroker, read, channel);
        String name = read.type().protocolName();
        int bodyLimit = sink.wanted(name);
        if (bodyLimit == EventSink.UNWANTED) {
            return;
        }
        Map<String, Object> fields = fields(read);
        TracedMessage message = null;
        if (read.type() == CompositeType.TRANSFER) {
            TracedLinks.TracedLink link = links.of(read, channel);
            put(fields, "address", link.address());
            if (link.address() != null && sink.wanted(name, fields) == EventSink.UNWANTED) {
                return; // Of all transfers of the link.
            }
            message = links.message(link, read, total, bodyLimit);
        }
        if (note != null) {
            fields.put(note, true);
        }
        sink.tell(channel, name, fields, message, read.end() - from);
    }

    private static Map<String, Object> fields(Performative read) throws AmqpError {
        Map<String, Object> fields = new LinkedHashMap<>();
        List<String> names = FieldNames.of(read.type());
        for (int i = 0; i < names.size(); i++) {
            if (read.has(i)) {
                Object value = isSecret(read.type(), i) ? SECRET : Values10.read(read.buffer(), read.at(i));
                put(fields, names.get(i), value == null ? null : Values10.named(names.get(i), value));
            }
        }
        return fields;
    }

    private static void put(Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    private static boolean isSecret(CompositeType type, int field) {
        return type == CompositeType.SASL_RESPONSE
                || (type == CompositeType.SASL_INIT && field == Performative.SASL_INIT_RESPONSE);
    }
}
