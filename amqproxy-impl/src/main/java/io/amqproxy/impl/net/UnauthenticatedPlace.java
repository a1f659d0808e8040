package io.amqproxy.impl.net;

import io.amqproxy.impl.limit.AddressKey;

/** A link's place among those whose clients have proved nothing, with what such a link takes by itself. */
final class UnauthenticatedPlace {

    private static final long SUBSTANCE = 4 * 1024;
    private static final long TLS_SUBSTANCE = 12 * 1024;

    /** What a connection takes besides bytes: session, socket, key, and an engine with its handshake. */
    private final long substance;

    private final UnauthenticatedClients.Place place;

    /**
     * The client has proved nothing yet, and is one of these until it does.
     *
     * @param held octets that are held for it
     */
    UnauthenticatedPlace(
            UnauthenticatedClients strangers,
            UnauthenticatedClients.Guest guest,
            AddressKey address,
            long held,
            boolean isTls) {
        substance = isTls ? SUBSTANCE + TLS_SUBSTANCE : SUBSTANCE;
        place = strangers.enter(guest, address, substance + held);
    }

    /** The client has answered something. */
    void goesOn() {
        place.goesOn();
    }

    /** So much is held for the client. */
    void holds(long bytes) {
        place.holds(substance + bytes);
    }

    /** The client is gone, or somebody, or another loop's. */
    void leave() {
        place.leave();
    }
}
