package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Session;
import java.util.function.Supplier;

/** Taps the connections of all loops. */
public interface Taps {

    /**
     * {@return the tap for one connection}
     *
     * @param session who has the connection at the moment of the call
     * @param isNew whether nothing was said on it yet
     */
    Tap of(Supplier<Session> session, boolean isNew);
}
