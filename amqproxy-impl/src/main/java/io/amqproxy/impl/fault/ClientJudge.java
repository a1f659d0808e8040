package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong on purpose with what one client sends: methods of AMQP 0-9-1, deliveries of AMQP 1.0. It belongs to
 * the client's loop.
 */
final class ClientJudge implements FaultJudge {

    private static final int BITS_OF_ACK = Frame.PAYLOAD_OFFSET + 4 + 8;
    private static final int MULTIPLE = 1;
    private static final int REQUEUE_REJECTED = 1;
    private static final int REQUEUE_ALL = 1 << 1;

    private final LastingFaults faults;
    private final Supplier<InboundSession> client;
    private final ReturnedMessages returned;
    private final NamesByTag published;
    private final DeliveredNames delivered;
    private final LateFrames late;
    /** What was sent with AMQP 1.0, by session and delivery id. */
    private final NamesByTag sent = new NamesByTag();

    private final ArgumentReader arguments = new ArgumentReader();

    /**
     * What looks at the methods of one client.
     *
     * @param returned where messages go that are to be returned
     * @param published knows what those name that are to be confirmed
     * @param delivered knows what those name that are to be acknowledged
     * @param late where outcomes go that are to be told later
     */
    ClientJudge(
            LastingFaults faults,
            Supplier<InboundSession> client,
            ReturnedMessages returned,
            NamesByTag published,
            DeliveredNames delivered,
            LateFrames late) {
        this.faults = faults;
        this.client = client;
        this.returned = returned;
        this.published = published;
        this.delivered = delivered;
        this.late = late;
    }

    /** Other faults hold: what none of them asks for is forgotten. */
    void review() {
        if (!faults.hasNamedOutcomes()) {
            sent.forgetAll();
        }
    }

    long heldBytes() {
        return sent.heldBytes();
    }

    @Override
    public @Nullable Failure judge(ByteBuffer in, int at, int channel, long confirmTag) {
        Method method = Method.of(Frame.methodId(in, at));
        if (method == null || method == Method.CHANNEL_CLOSE || method == Method.CHANNEL_CLOSE_OK) {
            return null;
        }
        ClientInfo info = client.get().info();
        List<String> names = names(method, in, at);
        RunningFault fault = faults.first(
                Kind.FAILED_METHOD,
                failed -> failed.terms().method() == method
                        && failed.occurrences().happens(info, channel, names));
        if (fault != null) {
            return new Failure((int) fault.terms().amount(), fault.terms().text());
        }
        List<String> settled =
                faults.hasNamedAcknowledgements() ? delivered.onSaid(method, in, at, channel, names) : List.of();
        if (method == Method.BASIC_ACK && faults.happens(Kind.REDELIVERY, info, channel, settled) != null) {
            requeue(in, at);
        }
        if (method == Method.BASIC_PUBLISH && confirmTag > 0 && faults.hasNamedConfirms()) {
            published.add(channel, confirmTag, names);
        }
        if (method == Method.BASIC_PUBLISH && isMandatory(in, at) && returned.takes(in, at)) {
            divert(in, at, channel, names);
        }
        return null;
    }

    @Override
    public void onDelivery(int session, int id, String address) {
        if (faults.hasNamedOutcomes()) {
            sent.add(session, Integer.toUnsignedLong(id), List.of(address));
        }
    }

    @Override
    public @Nullable Outcome outcome(int session, int id, boolean isAccepted) {
        ClientInfo info = client.get().info();
        NamesByTag.OfChannel ids = sent.of(session);
        List<String> names = ids == null ? List.of() : ids.take(Integer.toUnsignedLong(id));
        if (faults.happens(Kind.LOST_CONFIRM, info, session, names) != null) {
            return Outcome.of(Said.NOTHING);
        }
        Outcome other = isAccepted ? otherOutcome(info, session, names) : null;
        RunningFault delay = late.hasRoom() ? faults.happens(Kind.LATE_CONFIRM, info, session, names) : null;
        if (delay == null) {
            return other;
        }
        Outcome outcome = other == null ? Outcome.of(Said.THE_SAME) : other;
        return outcome.told((frame, now, isWanted) -> late.hold(delay, session, frame, now, isWanted));
    }

    private @Nullable Outcome otherOutcome(ClientInfo info, int session, List<String> names) {
        RunningFault rejected = faults.happens(Kind.REJECTED_DELIVERY, info, session, names);
        if (rejected != null) {
            RunningFault.Terms why = rejected.terms();
            return new Outcome(Said.REJECTED, why.condition(), why.text(), null);
        }
        boolean isReleased = faults.happens(Kind.RELEASED_DELIVERY, info, session, names) != null;
        return isReleased ? Outcome.of(Said.RELEASED) : null;
    }

    @Override
    public boolean withholdsCredit(int session, String address) {
        return faults.happens(Kind.WITHHELD_CREDIT, client.get().info(), session, List.of(address)) != null;
    }

    private static boolean isMandatory(ByteBuffer in, int at) {
        return (in.get(at + Frame.PAYLOAD_OFFSET + (int) Frame.size(in, at) - 1) & 1) != 0;
    }

    private void divert(ByteBuffer in, int at, int channel, List<String> names) {
        ClientInfo info = client.get().info();
        RunningFault fault =
                faults.first(Kind.RETURNED_MESSAGE, meant -> meant.occurrences().happens(info, channel, names));
        try {
            if (fault != null) {
                returned.divert(in, at, channel, fault);
            }
        } catch (AmqpException malformed) {
            throw new IllegalStateException(malformed); // It was found well formed.
        }
    }

    /** Makes an acknowledgement what gives the messages back. */
    private static void requeue(ByteBuffer in, int at) {
        boolean isMultiple = (in.get(at + BITS_OF_ACK) & MULTIPLE) != 0;
        Method instead = isMultiple ? Method.BASIC_NACK : Method.BASIC_REJECT;
        in.putInt(at + Frame.PAYLOAD_OFFSET, instead.id());
        in.put(at + BITS_OF_ACK, (byte) (isMultiple ? MULTIPLE | REQUEUE_ALL : REQUEUE_REJECTED));
    }

    /** What the method names: queues, exchanges, keys, consumers. */
    private List<String> names(Method method, ByteBuffer in, int at) {
        List<String> names = new ArrayList<>();
        ArgumentReader reader = arguments.reset(in, at);
        try {
            for (char type : method.arguments().toCharArray()) {
                switch (type) {
                    case 'S' -> names.add(reader.shortString());
                    case 's' -> reader.shortInt();
                    case 'l' -> reader.longInt();
                    case 'L' -> reader.longLong();
                    case 'X' -> reader.longString();
                    case 'o', 'B' -> reader.octet();
                    default -> reader.skipTable();
                }
            }
        } catch (AmqpException malformed) {
            return List.of(); // It was found well formed.
        }
        return names;
    }
}
