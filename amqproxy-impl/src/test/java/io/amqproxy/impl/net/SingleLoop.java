package io.amqproxy.impl.net;

import io.amqproxy.impl.fault.FaultHub;
import java.util.function.Consumer;
import java.util.function.Function;

/** A loop that no thread runs, as all loops of a proxy with faults on purpose. */
record SingleLoop(EventLoop loop, Runnable onFaults) implements FaultHub.Loops {

    /** The loop's connections are told by {@link #onFaults}. */
    @Override
    public int sum(Function<EventLoop, Integer> what) {
        int answer = what.apply(loop);
        onFaults.run();
        return answer;
    }

    @Override
    public void revoke(Consumer<EventLoop> what) {
        what.accept(loop);
        onFaults.run();
    }
}
