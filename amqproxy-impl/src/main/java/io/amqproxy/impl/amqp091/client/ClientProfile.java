package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.broker.Amqp091Context;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.Identity;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who a client is, as far as it is known: where it comes from, what it says of itself, as whom it logs in and where.
 */
final class ClientProfile {

    /** Characters of a user's name, more than any broker's users have. */
    private static final int MOST_OF_USER = 255;

    private static final int MOST_OF_NAME = 255;
    private static final int MOST_OF_PRODUCT = 64;

    private ClientInfo info;
    private Identity identity = Identity.NONE;
    private ClientCapabilities capabilities = ClientCapabilities.NONE;
    private ClientProperties properties = ClientProperties.NONE;
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
        return capabilities;
    }

    ClientProperties properties() {
        return properties;
    }

    /** From {@code start-ok}; clients of one application mostly introduce themselves alike, and share the octets. */
    void onIntroduced(ClientProperties said, Map<String, Object> table, Amqp091Context context) {
        properties = context.shared(said);
        capabilities = ClientCapabilities.of(table);
        info = info.introducedAs(
                text(table.get("connection_name"), MOST_OF_NAME), text(table.get("product"), MOST_OF_PRODUCT));
    }

    private static @Nullable String text(@Nullable Object value, int most) {
        return value instanceof String text ? text.substring(0, Math.min(text.length(), most)) : null;
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
