package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.Credentials;
import java.util.Arrays;

/**
 * Which secret the broker knows on a connection. One that is renewed is told it with {@code connection.update-secret},
 * which is no part of AMQP 0-9-1 but RabbitMQ's; one version at a time, and the newest in the end.
 */
final class UpstreamSecret {

    private static final int NONE = -1;

    private final Amqp091Connection session;
    private Credentials credentials;
    /** The version that the broker knows, or is being told. */
    private int told = NONE;

    private boolean telling;

    UpstreamSecret(Amqp091Connection session, Credentials credentials) {
        this.session = session;
        this.credentials = credentials;
    }

    /** The broker is about to be told these at log-in. */
    Credentials say() {
        told = credentials.version();
        return credentials;
    }

    /**
     * The connection is of other credentials from now on, and the broker is told their secret.
     *
     * @return whether it is now
     */
    boolean replace(Credentials updated, String reason) {
        credentials = updated;
        told = NONE;
        return tell(reason);
    }

    /**
     * Tells the broker the present secret where it knows a former one.
     *
     * @return whether it does
     */
    boolean refresh() {
        return tell("renewed");
    }

    private boolean tell(String reason) {
        if (!session.isOpen() || telling || told == credentials.version()) {
            return false;
        }
        telling = true;
        byte[] secret = say().secret();
        session.frames()
                .method(0, Method.CONNECTION_UPDATE_SECRET)
                .longString(secret)
                .shortString(reason)
                .toAndForget(session.out());
        Arrays.fill(secret, (byte) 0);
        session.flush();
        return true;
    }

    boolean isTelling() {
        return telling;
    }

    /** The broker has taken what it was told, or did not answer in time. */
    void endTelling() {
        telling = false;
    }
}
