package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tells that a client reads too slowly for others, of each effect only now and then:
 * {@link ProxyListener#clientBehind}.
 */
final class SlowReaderNotice {

    private static final long APART = TimeUnit.SECONDS.toNanos(10);

    /** When each was told last, in the loop's time. */
    private final Map<String, Long> told = new HashMap<>(2);

    /** @param effect one of few */
    void tell(InboundSession client, String effect) {
        LoopContext loop = client.loop();
        Long before = told.get(effect);
        if (before == null || loop.now - before >= APART) {
            told.put(effect, loop.now);
            loop.events.clientBehind(client.info(), effect);
        }
    }
}
