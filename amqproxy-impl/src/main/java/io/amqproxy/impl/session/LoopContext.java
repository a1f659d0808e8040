package io.amqproxy.impl.session;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.wire.Arguments;
import io.amqproxy.impl.wire.ChunkPool;
import io.amqproxy.impl.wire.FrameWriter;

/** What everything on one loop shares: time, memory, deadlines, counters. It belongs to the loop's thread. */
public final class LoopContext {

    public final Settings settings;
    public final ProxyListener events;
    public final ChunkPool chunks = new ChunkPool();
    public final Timers timers = new Timers();
    public final FrameWriter frames = new FrameWriter();
    public final Arguments arguments = new Arguments();

    /** The time of the present turn, nanoseconds; set by the loop only. */
    public long now;

    /** How the broker introduced itself last. */
    public BrokerProfile profile = BrokerProfile.UNKNOWN;

    public final Traffic traffic = new Traffic();
    public long bytesIn;
    public long bytesOut;
    public long leases;
    public long upstreamsOpened;

    public LoopContext(Settings settings, ProxyListener events) {
        this.settings = settings;
        this.events = events;
    }
}
