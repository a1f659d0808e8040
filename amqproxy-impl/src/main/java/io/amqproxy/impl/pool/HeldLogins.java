package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What clients of one loop have logged in with that are to say first which vhost they open, as that decides which
 * broker is asked. They are strangers until then, and have the time that a handshake may take.
 */
public final class HeldLogins {

    private final Map<Long, Credentials> held = new HashMap<>();

    /** The credentials are kept until {@link #take} or {@link #forget}. */
    public void hold(InboundSession client, Credentials credentials) {
        held.put(client.id(), credentials);
        client.keep(credentials.octets());
    }

    /** {@return what the client has logged in with, where it was held, for whoever wipes it; null otherwise} */
    public @Nullable Credentials take(InboundSession client) {
        Credentials taken = held.isEmpty() ? null : held.remove(client.id());
        if (taken != null) {
            client.keep(0);
        }
        return taken;
    }

    /** The client is gone. */
    public void forget(InboundSession client) {
        Credentials unused = take(client);
        if (unused != null) {
            unused.wipe();
        }
    }

    /** {@return how many clients have yet to say it} */
    public int count() {
        return held.size();
    }
}
