package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** As whom a client is logged in at the broker: the answer of a {@link CredentialMapper}. Cannot be changed. */
public final class UpstreamLogin {

    /** What is to be done. Later versions may have more of them. */
    public enum Kind {
        /** The client's own user and secret are used. */
        AS_CLIENT,
        /** Other ones are used. */
        AS_OTHER,
        /** The client is refused with 403 (ACCESS_REFUSED). */
        REFUSED
    }

    /**
     * Gives the next secret before the present one ends. The object stands for the identity whose secrets it gives: all
     * logins with the same user and the same renewal, which is compared by {@code ==}, share their connections to the
     * broker, whatever their secrets are. So keep one for each token, not one for each client.
     */
    @FunctionalInterface
    public interface Renewal {

        /**
         * Called in the last fifth of the secret's time as long as there are clients or connections that it is for, by
         * a thread that may block. An answer that fails, or does not come within
         * {@link AmqProxy.Builder#acquireTimeout}, is told to listeners ({@link ProxyListener#credentialsNotRenewed}),
         * and this is called again a little later. A call that has not come back by then is interrupted.
         *
         * @return the same user with its next secret and {@link #validFor(Duration)}; or {@link #refused} if there will
         *     be none: then the user's clients get no more channels. At some time, by any thread
         */
        CompletionStage<UpstreamLogin> renew();
    }

    private static final int MAX_LENGTH = 64 * 1024;

    private final Kind kind;
    private final String user;
    private final byte[] secret;
    private final @Nullable Duration validity;
    private final @Nullable Renewal renewal;

    private UpstreamLogin(
            Kind kind, String user, byte[] secret, @Nullable Duration validity, @Nullable Renewal renewal) {
        this.kind = kind;
        this.user = user;
        this.secret = secret;
        this.validity = validity;
        this.renewal = renewal;
    }

    /** {@return to log in as the client asks for} */
    public static UpstreamLogin asClient() {
        return new UpstreamLogin(Kind.AS_CLIENT, "", new byte[0], null, null);
    }

    /**
     * {@return to log in as somebody else}
     *
     * @param user a user of the broker. Where the secret is a token that names the user, give the name all the same:
     *     limits for users count by it, and the work of different users is spread over the proxy's threads by it
     * @param secret its password or token; copied
     * @throws IllegalArgumentException if user and secret together are longer than 64 KiB
     */
    public static UpstreamLogin as(String user, byte[] secret) {
        if (user.length() + secret.length > MAX_LENGTH) {
            throw new IllegalArgumentException("user and secret together are longer than " + MAX_LENGTH + " octets");
        }
        return new UpstreamLogin(Kind.AS_OTHER, Objects.requireNonNull(user, "user"), secret.clone(), null, null);
    }

    /** {@return to refuse the client, as a broker does that does not know the user or the secret} */
    public static UpstreamLogin refused() {
        return new UpstreamLogin(Kind.REFUSED, "", new byte[0], null, null);
    }

    /**
     * {@return the same for a limited time} For four fifths of it the answer is kept and given to clients that log in
     * alike, from the same address with the same certificates, without asking again, unless the broker refuses it; at
     * its end nobody gets a channel with it before the broker has accepted it once more. Without a time each client is
     * asked about.
     *
     * @param time a positive time, from now on; a year at most
     * @throws IllegalArgumentException if the time is not
     */
    public UpstreamLogin validFor(Duration time) {
        return new UpstreamLogin(kind, user, secret, checked(time), null);
    }

    /**
     * {@return the same for a limited time, and how to go on} Before the time ends the proxy asks for the next secret,
     * and tells it to the broker with {@code connection.update-secret} on the connections that were opened with the
     * former one. Connections for which the broker does not accept that are replaced by new ones.
     *
     * @param time a positive time, from now on; a year at most
     * @param next gives the next secret
     * @throws IllegalArgumentException if the time is not
     */
    public UpstreamLogin validFor(Duration time, Renewal next) {
        return new UpstreamLogin(kind, user, secret, checked(time), Objects.requireNonNull(next, "next"));
    }

    private static Duration checked(Duration time) {
        if (time.isNegative() || time.isZero() || time.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException("a login has to be valid for a positive time, a year at most: " + time);
        }
        return time;
    }

    /** {@return what is to be done} */
    public Kind kind() {
        return kind;
    }

    /** {@return the other user; empty where there is none} */
    public String user() {
        return user;
    }

    /** {@return a copy of the other user's secret; empty where there is none} */
    public byte[] secret() {
        return secret.clone();
    }

    /** {@return for how long this is valid, if that is limited} */
    public Optional<Duration> validity() {
        return Optional.ofNullable(validity);
    }

    /** {@return what gives the next secret, if there is to be one} */
    public Optional<Renewal> renewal() {
        return Optional.ofNullable(renewal);
    }

    /** {@return what is to be done and the user, never the secret} */
    @Override
    public String toString() {
        return "UpstreamLogin[" + kind + ", user=" + LogText.of(user) + "]";
    }
}
