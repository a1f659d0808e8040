package io.amqproxy.impl.core;

import io.amqproxy.impl.core.CloseCause.Kind;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the proxy says in RabbitMQ's words where it refuses a client in the broker's place. */
public final class Refusal {

    private Refusal() {}

    /** Of a user that the proxy's settings do not admit, without asking the broker, whose log has nothing of it. */
    public static CloseCause ofUser(Credentials credentials) {
        return CloseCause.byProxy(
                Kind.LOGIN_REFUSED,
                "Login was refused using authentication mechanism " + credentials.mechanism()
                        + ", by the proxy, which does not admit this user");
    }

    /** Of user and secret for which a credential mapper has none of the broker's. */
    public static CloseCause ofMapping(Credentials credentials) {
        return CloseCause.byProxy(
                Kind.LOGIN_REFUSED,
                "Login was refused using authentication mechanism " + credentials.mechanism()
                        + ", by the proxy's credential mapper");
    }

    /** Of a user that no route takes. */
    public static CloseCause ofRoute(Credentials credentials) {
        return CloseCause.byProxy(
                Kind.LOGIN_REFUSED,
                "Login was refused using authentication mechanism " + credentials.mechanism()
                        + ": the proxy has no broker for this user here");
    }

    /** Of user and secret that the broker would not even read. */
    public static CloseCause ofSize(Credentials credentials, int most) {
        return CloseCause.byProxy(
                Kind.LOGIN_REFUSED,
                "Login was refused using authentication mechanism " + credentials.mechanism()
                        + ": before log-in the broker takes no frame above " + most + " octets");
    }

    /**
     * Of user and secret, without asking the broker, whose log has nothing of it.
     *
     * @param time nanoseconds for which it is so
     */
    public static CloseCause ofGuess(Credentials credentials, long time) {
        return CloseCause.byProxy(
                Kind.LOGIN_REFUSED,
                "Login was refused using authentication mechanism " + credentials.mechanism()
                        + ", by the proxy, for " + seconds(time)
                        + " s from now: too many wrong passwords came from here");
    }

    private static long seconds(long nanos) {
        return TimeUnit.NANOSECONDS.toSeconds(nanos + TimeUnit.SECONDS.toNanos(1) - 1);
    }

    /** Of a vhost that no route takes, of a client that has logged in. */
    public static CloseCause ofVhostWithoutRoute(String vhost) {
        return CloseCause.byProxy(
                Kind.NOT_ALLOWED, "vhost " + vhost + " not found: the proxy has no broker for it here");
    }

    /**
     * Of a vhost.
     *
     * @param why follows after a colon
     */
    public static CloseCause ofVhost(String vhost, @Nullable String user, String why) {
        return CloseCause.byProxy(
                Kind.NOT_ALLOWED, "access to vhost '" + vhost + "' refused for user '" + user + "': " + why);
    }
}
