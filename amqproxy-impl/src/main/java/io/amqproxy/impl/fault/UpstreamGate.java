package io.amqproxy.impl.fault;

import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp10.codec.SpeaksAmqp10;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.fault.FrameGate.Verdict;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.net.LinkFaults;
import io.amqproxy.impl.pool.spi.FaultJudge;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets pass what the broker is sent on one connection, but for what goes wrong on purpose. It keeps nothing. */
final class UpstreamGate implements LinkFaults.Gate, FrameGate.Judge {

    private final LastingFaults faults;
    private final Supplier<UpstreamConnection> upstream;
    private final FrameGate frames;

    UpstreamGate(LastingFaults faults, Supplier<UpstreamConnection> upstream, long queued) {
        this.faults = faults;
        this.upstream = upstream;
        this.frames = new FrameGate(this, upstream.get() instanceof SpeaksAmqp10, queued);
    }

    @Override
    public void pass(byte[] bytes, ByteQueue to, long now) {
        frames.pass(bytes, to);
    }

    @Override
    public void release(ByteQueue to, long now) {}

    @Override
    public @Nullable Long nextDue() {
        return null;
    }

    @Override
    public long heldBytes() {
        return 0;
    }

    @Override
    public @Nullable FaultJudge judge() {
        return null;
    }

    @Override
    public boolean isCut() {
        return frames.isCut();
    }

    @Override
    public boolean isIdle() {
        return frames.isBetweenFrames();
    }

    @Override
    public Verdict judge(ByteBuffer head, boolean isAmqp10, ByteQueue to) {
        UpstreamInfo info = upstream.get().info();
        int channel = isAmqp10 ? head.getShort(6) & 0xFFFF : Frame.channel(head, 0);
        if (faults.happensTo(Kind.CUT_FRAME, info, channel) != null) {
            return Verdict.CUT;
        }
        boolean isHeartbeat = isAmqp10 ? head.getInt(0) == head.capacity() : Frame.type(head, 0) == Frame.HEARTBEAT;
        return isHeartbeat && faults.happensTo(Kind.LOST_HEARTBEAT, info, channel) != null
                ? Verdict.DROP
                : Verdict.PASS;
    }
}
