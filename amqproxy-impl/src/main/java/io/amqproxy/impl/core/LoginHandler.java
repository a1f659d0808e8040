package io.amqproxy.impl.core;

import io.amqproxy.ClientInfo;

/** Who wants to know whether the broker accepts credentials, and then a vhost. */
public interface LoginHandler {

    /** The client that it is about. */
    ClientInfo info();

    /** How that client introduced itself. */
    ClientProperties properties();

    /** The broker accepts the credentials; it grants this. */
    void onAuthenticated(NegotiatedLimits upstream);

    /** The broker accepts the vhost, and grants this there. */
    void onOpened(String vhost, NegotiatedLimits offer);

    /** The broker, or the proxy in its place, says no. */
    void onRefused(CloseCause refusal);
}
