package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.fault.FrameGate.Verdict;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets pass what one client is sent, but for what goes wrong on purpose. It belongs to the client's loop. */
final class ClientGate implements LinkFaults.Gate, FrameGate.Judge {

    private static final String AMQP_10 = "AMQP 1.0";

    /** More are not held, and come at once. */
    private static final int MOST_LATE = 10_000;

    private final FaultHub hub;
    private final Supplier<InboundSession> client;
    private final FrameGate frames;
    /** Confirms that are held for a while, by when they are due. */
    private final PriorityQueue<Late> late = new PriorityQueue<>();

    private long now;

    ClientGate(FaultHub hub, Supplier<InboundSession> client, long queued) {
        this.hub = hub;
        this.client = client;
        this.frames = new FrameGate(this, AMQP_10.equals(client.get().info().protocol()), queued);
    }

    private record Late(int channel, ByteBuffer frame, long due) implements Comparable<Late> {

        @Override
        public int compareTo(Late other) {
            return Long.signum(due - other.due);
        }
    }

    @Override
    public void pass(byte[] bytes, ByteQueue to, long time) {
        now = time;
        frames.pass(bytes, to);
    }

    @Override
    public void release(ByteQueue to, long time) {
        if (late.isEmpty() || !frames.isBetweenFrames()) {
            return;
        }
        boolean all = !hub.isFor(Kind.LATE_CONFIRM, client.get());
        while (!late.isEmpty() && (all || late.peek().due() - time <= 0)) {
            ByteBuffer frame = late.remove().frame();
            to.append(frame, 0, frame.limit());
        }
    }

    @Override
    public @Nullable Long nextDue() {
        return late.isEmpty() ? null : Long.valueOf(late.peek().due());
    }

    @Override
    public boolean isCut() {
        return frames.isCut();
    }

    @Override
    public boolean isIdle() {
        return late.isEmpty() && frames.isBetweenFrames();
    }

    @Override
    public Verdict judge(ByteBuffer head, boolean isAmqp10, ByteQueue to) {
        ClientInfo info = client.get().info();
        int channel = isAmqp10 ? head.getShort(6) & 0xFFFF : Frame.channel(head, 0);
        if (hub.happens(Kind.CUT_FRAME, info, channel) != null) {
            return Verdict.CUT;
        }
        if (isAmqp10 ? head.getInt(0) == head.capacity() : Frame.type(head, 0) == Frame.HEARTBEAT) {
            return hub.happens(Kind.LOST_HEARTBEAT, info, channel) != null ? Verdict.DROP : Verdict.PASS;
        }
        return isAmqp10 || Frame.type(head, 0) != Frame.METHOD ? Verdict.PASS : ofMethod(head, info, channel);
    }

    private Verdict ofMethod(ByteBuffer frame, ClientInfo info, int channel) {
        Method method = Method.of(Frame.methodId(frame, 0));
        if (method == null) {
            return Verdict.PASS;
        }
        switch (method) {
            case BASIC_ACK -> {
                return ofConfirm(frame, info, channel);
            }
            case CHANNEL_CLOSE, CHANNEL_CLOSE_OK -> late.removeIf(confirm -> confirm.channel() == channel);
            case CONNECTION_CLOSE, CONNECTION_CLOSE_OK -> late.clear();
            default -> {}
        }
        return Verdict.PASS;
    }

    private Verdict ofConfirm(ByteBuffer frame, ClientInfo info, int channel) {
        if (hub.happens(Kind.LOST_CONFIRM, info, channel) != null) {
            return Verdict.DROP;
        }
        if (hub.happens(Kind.NACKED_CONFIRM, info, channel) != null) {
            frame.putInt(Frame.PAYLOAD_OFFSET, Method.BASIC_NACK.id());
        }
        RunningFault delay = late.size() < MOST_LATE ? hub.happens(Kind.LATE_CONFIRM, info, channel) : null;
        if (delay == null) {
            return Verdict.PASS;
        }
        ByteBuffer copy = ByteBuffer.allocate(frame.capacity()).put(0, frame, 0, frame.capacity());
        late.add(new Late(channel, copy, now + delay.terms().draw()));
        return Verdict.DROP;
    }
}
