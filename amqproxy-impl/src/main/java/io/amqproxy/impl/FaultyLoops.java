package io.amqproxy.impl;

import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.net.EventLoop;
import java.util.function.Consumer;
import java.util.function.Function;

/** The loops of a proxy on which things go wrong on purpose. */
record FaultyLoops(EventLoopGroup loops) implements FaultHub.Loops {

    @Override
    public int sum(Function<EventLoop, Integer> what) {
        return loops.sum(station -> what.apply(station.loop()));
    }

    @Override
    public void revoke(Consumer<EventLoop> what) {
        loops.doAllThatLive(station -> what.accept(station.loop()));
    }

    @Override
    public void refuseLoops() {
        loops.refuseLoops();
    }
}
