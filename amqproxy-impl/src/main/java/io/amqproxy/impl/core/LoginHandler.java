package io.amqproxy.impl.core;

import io.amqproxy.ClientInfo;
import org.jspecify.annotations.Nullable;

/** Who wants to know whether the broker accepts credentials, and then a vhost. */
public interface LoginHandler {

    /** The client that it is about. */
    ClientInfo info();

    /** How that client introduced itself. */
    ClientProperties properties();

    /** The vhost that it will most likely ask for, null where nothing is known of that. */
    default @Nullable String likelyVhost() {
        return null;
    }

    /** The broker accepts the credentials; it grants this. */
    void onAuthenticated(NegotiatedLimits upstream);

    /** The broker accepts the vhost, and grants this there. */
    void onOpened(String vhost, NegotiatedLimits offer);

    /** The broker, or the proxy in its place, says no. */
    void onRefused(CloseCause refusal);
}
