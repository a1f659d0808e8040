package io.amqproxy.impl.session;

import io.amqproxy.ClientInfo;

/** Who wants to know whether the broker accepts credentials, and then a vhost. */
public interface Applicant {

    /** The client that it is about. */
    ClientInfo info();

    /** How that client introduced itself. */
    ClientProperties properties();

    /** The broker accepts the credentials; it negotiated these limits. */
    void onAuthenticated(Tune upstream);

    /** The broker accepts the vhost. */
    void onOpened(String vhost);

    /** The broker, or the proxy in its place, says no. */
    void onRefused(Ending refusal);
}
