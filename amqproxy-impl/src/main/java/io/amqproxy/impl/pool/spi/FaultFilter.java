package io.amqproxy.impl.pool.spi;

import java.util.Collection;

/** Chooses what of a client something happens to on purpose. Asked once for each, on the client's loop. */
@FunctionalInterface
public interface FaultFilter {

    /**
     * {@return whether it happens to this}
     *
     * @param channel the channel at the client, or the session's
     * @param names what it names: consumers and their queues, or addresses
     */
    boolean takes(int channel, Collection<String> names);
}
