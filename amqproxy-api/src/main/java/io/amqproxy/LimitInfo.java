package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A limit that was reached, and whom it is about as far as that is known. Later versions may have more of it. */
public final class LimitInfo {

    private final String limit;
    private final String effect;
    private final @Nullable String user;
    private final @Nullable String vhost;
    private final @Nullable String route;
    private final @Nullable ClientInfo client;

    private LimitInfo(
            String limit,
            String effect,
            @Nullable String user,
            @Nullable String vhost,
            @Nullable String route,
            @Nullable ClientInfo client) {
        this.limit = limit;
        this.effect = effect;
        this.user = user;
        this.vhost = vhost;
        this.route = route;
        this.client = client;
    }

    /**
     * {@return such an object, which is about everybody; for tests of what is given one}
     *
     * @param limit as {@link #limit} says it
     * @param effect as {@link #effect} says it
     */
    public static LimitInfo of(String limit, String effect) {
        return new LimitInfo(limit, effect, null, null, null, null);
    }

    /**
     * {@return the same about this user in this vhost}
     *
     * @param newUser as {@link #user} says it
     * @param newVhost as {@link #vhost} says it
     */
    public LimitInfo in(@Nullable String newUser, @Nullable String newVhost) {
        return new LimitInfo(limit, effect, newUser, newVhost, route, client);
    }

    /**
     * {@return the same, of this route}
     *
     * @param newRoute as {@link #route} says it
     */
    public LimitInfo through(@Nullable String newRoute) {
        return new LimitInfo(limit, effect, user, vhost, newRoute, client);
    }

    /**
     * {@return the same about this client}
     *
     * @param newClient as {@link #client} says it
     */
    public LimitInfo about(@Nullable ClientInfo newClient) {
        return new LimitInfo(limit, effect, user, vhost, route, newClient);
    }

    /**
     * {@return the name of its setting, as {@code newClientsPerSecond}, or {@code loginsUnderWay}; or
     * {@code brokerConnections} where it is the broker that lets the user or the vhost have no more connections,
     * {@code brokerChannels} where it lets the user have no more channels}
     */
    public String limit() {
        return limit;
    }

    /** {@return what happens now, and to whom, in words} */
    public String effect() {
        return effect;
    }

    /** {@return the user at the broker whose clients wait, or null where it is about everybody} */
    public @Nullable String user() {
        return user;
    }

    /** {@return the virtual host in which they wait, or null where it is about no single one, or not known yet} */
    public @Nullable String vhost() {
        return vhost;
    }

    /** {@return the name of the {@link Route}, or null where it is about none, or about the builder's own broker} */
    public @Nullable String route() {
        return route;
    }

    /** {@return the client that met the limit, or null where none did by itself} */
    public @Nullable ClientInfo client() {
        return client;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LimitInfo that
                && limit.equals(that.limit)
                && effect.equals(that.effect)
                && Objects.equals(user, that.user)
                && Objects.equals(vhost, that.vhost)
                && Objects.equals(route, that.route)
                && Objects.equals(client, that.client);
    }

    @Override
    public int hashCode() {
        return Objects.hash(limit, effect, user, vhost, route, client);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "LimitInfo[limit=" + limit + ", effect=" + LogText.of(effect) + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + ", route=" + route + ", client=" + client + "]";
    }
}
