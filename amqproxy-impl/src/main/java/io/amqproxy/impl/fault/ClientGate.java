package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp10.codec.SpeaksAmqp10;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.fault.FrameGate.Verdict;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets pass what one client is sent, but for what goes wrong on purpose. It belongs to the client's loop. */
final class ClientGate implements LinkFaults.Gate, FrameGate.Judge {

    private static final int TAG = Frame.PAYLOAD_OFFSET + 4;
    private static final int BITS = TAG + 8;

    /** What is looked at when a client says something, or would be told something. */
    private static final Kind[] OF_CLIENTS = {
        Kind.FAILED_METHOD,
        Kind.REDELIVERY,
        Kind.RETURNED_MESSAGE,
        Kind.REJECTED_DELIVERY,
        Kind.RELEASED_DELIVERY,
        Kind.WITHHELD_CREDIT
    };

    /** And what is looked at when the broker says what becomes of something that one of AMQP 1.0 has sent. */
    private static final Kind[] OF_OUTCOMES = {Kind.LOST_CONFIRM, Kind.LATE_CONFIRM};

    private final LastingFaults faults;
    private final Supplier<InboundSession> client;
    private final FrameGate frames;
    private final ReturnedMessages returned = new ReturnedMessages();
    private final NamesByTag published = new NamesByTag();
    private final DeliveredNames delivered = new DeliveredNames();
    private final ClientJudge judge;
    private final OpenContents contents = new OpenContents();
    private final LateFrames late = new LateFrames(contents);

    private long now;
    /** Of those that were looked at. */
    private int revocations;

    ClientGate(LastingFaults faults, Supplier<InboundSession> client, long queued) {
        this.faults = faults;
        this.client = client;
        this.judge = new ClientJudge(faults, client, returned, published, delivered, late);
        this.frames = new FrameGate(this, isOfAmqp10(client.get()), queued);
    }

    static boolean isOfAmqp10(InboundSession client) {
        return client instanceof SpeaksAmqp10;
    }

    @Override
    public void pass(byte[] bytes, ByteQueue to, long time) {
        now = time;
        frames.pass(bytes, to);
    }

    @Override
    public void release(ByteQueue to, long time) {
        if (!releases()) {
            return;
        }
        if (revocations != faults.revocations()) {
            revocations = faults.revocations();
            late.releaseRevoked(to);
        }
        late.release(to, time);
    }

    private boolean releases() {
        return !late.isEmpty() && frames.isBetweenFrames() && !frames.isCut();
    }

    @Override
    public @Nullable Long nextDue() {
        return releases() ? late.nextDue() : null;
    }

    @Override
    public long heldBytes() {
        return late.heldBytes()
                + returned.heldBytes()
                + published.heldBytes()
                + delivered.heldBytes()
                + judge.heldBytes();
    }

    @Override
    public @Nullable FaultJudge judge() {
        boolean areNamesWanted = faults.hasNamedConfirms();
        if (!areNamesWanted) {
            published.forgetAll();
        }
        if (!faults.hasNamedAcknowledgements()) {
            delivered.forgetAll();
        }
        judge.review();
        boolean isOfOutcomes = isOfAmqp10(client.get()) && faults.hasAny(OF_OUTCOMES);
        return areNamesWanted || isOfOutcomes || faults.hasAny(OF_CLIENTS) ? judge : null;
    }

    @Override
    public boolean isCut() {
        return frames.isCut();
    }

    @Override
    public boolean isIdle() {
        return late.isEmpty() && returned.isEmpty() && frames.isBetweenFrames();
    }

    @Override
    public Verdict judge(ByteBuffer head, boolean isAmqp10, ByteQueue to) {
        ClientInfo info = client.get().info();
        int channel = isAmqp10 ? head.getShort(6) & 0xFFFF : Frame.channel(head, 0);
        if (faults.happens(Kind.CUT_FRAME, info, channel) != null) {
            return Verdict.CUT;
        }
        if (isAmqp10 ? head.getInt(0) == head.capacity() : Frame.type(head, 0) == Frame.HEARTBEAT) {
            return faults.happens(Kind.LOST_HEARTBEAT, info, channel) != null ? Verdict.DROP : Verdict.PASS;
        }
        if (!isAmqp10) {
            return ofFrame(head, info, channel, to);
        }
        return Verdict.PASS;
    }

    private Verdict ofFrame(ByteBuffer frame, ClientInfo info, int channel, ByteQueue to) {
        switch (Frame.type(frame, 0)) {
            case Frame.METHOD -> {
                return ofMethod(frame, info, channel, to);
            }
            case Frame.HEADER -> contents.onHeader(channel, bodySize(frame));
            case Frame.BODY -> contents.onBody(channel, Frame.size(frame, 0));
            default -> {}
        }
        return Verdict.PASS;
    }

    private static long bodySize(ByteBuffer header) {
        return header.capacity() < FrameGate.MOST_OF_HEADER ? 0 : header.getLong(Frame.BODY_SIZE_OFFSET);
    }

    private Verdict ofMethod(ByteBuffer frame, ClientInfo info, int channel, ByteQueue to) {
        Method method = Method.of(Frame.methodId(frame, 0));
        if (method == null) {
            return Verdict.PASS;
        }
        switch (method) {
            case BASIC_ACK -> {
                return ofConfirm(frame, info, channel, to);
            }
            case BASIC_NACK -> ofRefusal(frame, channel);
            case BASIC_RETURN -> {
                contents.onMethod(channel);
                return ofReturn(frame, channel, to);
            }
            case BASIC_DELIVER, BASIC_GET_OK -> {
                contents.onMethod(channel);
                ofDelivery(method, frame, channel);
            }
            case BASIC_GET_EMPTY -> ofDelivery(method, frame, channel);
            case CHANNEL_CLOSE, CHANNEL_CLOSE_OK -> {
                contents.forget(channel);
                delivered.forget(channel);
                late.forget(channel);
                returned.forget(channel);
                published.forget(channel);
            }
            case CONNECTION_CLOSE, CONNECTION_CLOSE_OK -> {
                contents.forgetAll();
                late.forgetAll();
                returned.forgetAll();
                published.forgetAll();
                delivered.forgetAll();
            }
            default -> {}
        }
        return Verdict.PASS;
    }

    private void ofDelivery(Method method, ByteBuffer frame, int channel) {
        if (faults.hasNamedAcknowledgements()) {
            delivered.onDelivery(method, frame, channel, client.get());
        }
    }

    private Verdict ofReturn(ByteBuffer frame, int channel, ByteQueue to) {
        try {
            return !returned.isEmpty() && returned.replace(frame, channel, to) ? Verdict.DROP : Verdict.PASS;
        } catch (AmqpException malformed) {
            return Verdict.PASS;
        }
    }

    private Verdict ofConfirm(ByteBuffer frame, ClientInfo info, int channel, ByteQueue to) {
        NamesByTag.OfChannel messages = published.of(channel);
        if (messages == null) {
            return ofConfirm(frame, info, channel, List.of());
        }
        long tag = frame.getLong(TAG);
        boolean isMultiple = (frame.get(BITS) & 1) != 0;
        long unknown = isMultiple ? messages.takeUnknown() : 0;
        if (unknown > 0) {
            append(confirm(frame, unknown, 1), to);
        }
        List<Long> confirmed = messages.settled(tag, isMultiple);
        for (long one : confirmed) {
            ByteBuffer alone = confirm(frame, one, 0);
            if (ofConfirm(alone, info, channel, messages.take(one)) == Verdict.PASS) {
                append(alone, to);
            }
        }
        return confirmed.isEmpty() && !isMultiple ? ofConfirm(frame, info, channel, List.of()) : Verdict.DROP;
    }

    private static ByteBuffer confirm(ByteBuffer like, long tag, int bits) {
        return ByteBuffer.allocate(like.capacity())
                .put(0, like, 0, like.capacity())
                .putLong(TAG, tag)
                .put(BITS, (byte) bits);
    }

    private static void append(ByteBuffer frame, ByteQueue to) {
        to.append(frame, 0, frame.capacity());
    }

    private Verdict ofConfirm(ByteBuffer frame, ClientInfo info, int channel, List<String> names) {
        if (faults.happens(Kind.LOST_CONFIRM, info, channel, names) != null) {
            return Verdict.DROP;
        }
        if (faults.happens(Kind.NACKED_CONFIRM, info, channel, names) != null) {
            frame.putInt(Frame.PAYLOAD_OFFSET, Method.BASIC_NACK.id());
        }
        RunningFault delay = late.hasRoom() ? faults.happens(Kind.LATE_CONFIRM, info, channel, names) : null;
        if (delay == null) {
            return Verdict.PASS;
        }
        ByteBuffer copy = ByteBuffer.allocate(frame.capacity()).put(0, frame, 0, frame.capacity());
        late.hold(delay, channel, copy, now, () -> true);
        return Verdict.DROP;
    }

    /** What the broker refuses is not waited for. */
    private void ofRefusal(ByteBuffer frame, int channel) {
        NamesByTag.OfChannel messages = published.of(channel);
        if (messages != null) {
            messages.settled(frame.getLong(TAG), (frame.get(BITS) & 1) != 0).forEach(messages::take);
        }
    }
}
