package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.Identity;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is, as far as it is known: where it comes from, what it says of itself, as whom it logs in and where.
 */
final class ClientProfile {

    /** Characters of a user's name, more than any broker's users have. */
    private static final int MOST_OF_USER = 255;

    private ClientInfo info;
    private Identity identity = Identity.NONE;
    private ClientDescription description = ClientDescription.NONE;
    private long askedAt;
    private long roundTrip = Long.MAX_VALUE;

    ClientProfile(ClientInfo client) {
        info = client;
    }

    ClientInfo info() {
        return info;
    }

    long id() {
        return info.id();
    }

    /** Who may log in with EXTERNAL. */
    Identity identity() {
        return identity;
    }

    void identifiedBy(Identity newIdentity) {
        identity = newIdentity;
    }

    ClientCapabilities capabilities() {
        return description.capabilities();
    }

    ClientProperties properties() {
        return description.properties();
    }

    /** From {@code start-ok}. */
    void onIntroduced(ClientDescription said) {
        description = said;
        info = info.introducedAs(said.name(), said.product());
    }

    /** The client is asked something that it can answer at once. */
    void onAsked(long now) {
        askedAt = now;
    }

    /** It has answered. */
    void onAnswered(long now) {
        roundTrip = Math.min(roundTrip, now - askedAt);
    }

    /** The shortest time that an answer has taken; very long while there was none. */
    long roundTrip() {
        return roundTrip;
    }

    /** As whom the client wants to log in. Events and logs keep this, so that a long name is cut. */
    void onUser(String user) {
        String shown = user.length() > MOST_OF_USER ? user.substring(0, MOST_OF_USER) + '\u2026' : user;
        info = info.in(shown, null);
    }

    /** Which route serves the client. */
    void onRoute(@Nullable String name) {
        info = info.through(name);
    }

    /** Which vhost is open. */
    void onVhost(String vhost) {
        info = info.in(info.user(), vhost);
    }
}
