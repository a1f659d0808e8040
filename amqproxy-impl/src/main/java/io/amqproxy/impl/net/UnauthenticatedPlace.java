package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.AddressKey;
import org.jspecify.annotations.Nullable;

/**
 * A link's place among those whose clients have proved nothing; it has none once its client has, or if it is no client.
 */
final class UnauthenticatedPlace {

    private static final long SUBSTANCE = 4 * 1024;
    private static final long TLS_SUBSTANCE = 12 * 1024;

    /** What a connection takes besides bytes: session, socket, key, and an engine with its handshake. */
    private final long substance;

    private UnauthenticatedClients.@Nullable Place place;

    UnauthenticatedPlace(boolean isTls) {
        substance = isTls ? SUBSTANCE + TLS_SUBSTANCE : SUBSTANCE;
    }

    /** The client has proved nothing yet, and is one of these until it does. */
    void enter(UnauthenticatedClients strangers, UnauthenticatedClients.Guest guest, AddressKey address, long held) {
        place = strangers.enter(guest, address, substance + held);
    }

    boolean isTaken() {
        return place != null;
    }

    /** The client has answered something. */
    void goesOn() {
        if (place != null) {
            place.goesOn();
        }
    }

    /** So much is held for the client. */
    void holds(long bytes) {
        if (place != null) {
            place.holds(substance + bytes);
        }
    }

    /** The client is gone, or somebody, or another loop's. */
    void leave() {
        if (place != null) {
            place.leave();
            place = null;
        }
    }
}
