package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.FenceSupport;
import io.amqproxy.internal.LogText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a route's broker has said to fences, on all connections of one loop. */
final class KnownFences implements FenceSupport {

    private static final Logger log = LoggerFactory.getLogger(KnownFences.class);

    private final LoopContext loop;
    private boolean refused;
    private boolean answered;

    KnownFences(LoopContext loop) {
        this.loop = loop;
    }

    @Override
    public void onRefused(CloseCause refusal) {
        if (!refused) {
            refused = true;
            loop.lines.warn(
                    log,
                    "The broker refuses channel.flow ({}); channels are closed instead of used again",
                    LogText.of(refusal.text()));
        }
    }

    @Override
    public void onAnswered() {
        answered = true;
    }

    @Override
    public boolean isAnswered() {
        return answered;
    }

    @Override
    public boolean isRefused() {
        return refused;
    }
}
