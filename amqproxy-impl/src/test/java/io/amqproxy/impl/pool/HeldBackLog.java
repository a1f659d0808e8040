package io.amqproxy.impl.pool;

import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamInfo;
import java.time.Duration;
import java.util.List;

/** Notes why publishers are held back, for how many milliseconds they were, and that an upstream closed. */
record HeldBackLog(List<String> told) implements ProxyListener {

    @Override
    public void publishersHeldBack(UpstreamInfo upstream, String reason) {
        told.add(reason);
    }

    @Override
    public void publishersReleased(UpstreamInfo upstream, Duration time) {
        told.add("after " + time.toMillis());
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        told.add("closed");
    }
}
