package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection of the proxy to the broker. Later versions may have more of it. */
public final class UpstreamInfo {

    private final long id;
    private final String endpoint;
    private final String user;
    private final @Nullable String vhost;
    private final @Nullable String route;

    private UpstreamInfo(long id, String endpoint, String user, @Nullable String vhost, @Nullable String route) {
        this.route = route;
        this.id = id;
        this.endpoint = endpoint;
        this.user = user;
        this.vhost = vhost;
    }

    /**
     * {@return such an object; for tests of what is given one}
     *
     * @param id a number that is unique within its proxy
     * @param endpoint {@code host:port} of the broker
     * @param user the user it logs in as
     * @param vhost its virtual host, null before it is known
     */
    public static UpstreamInfo of(long id, String endpoint, String user, @Nullable String vhost) {
        return new UpstreamInfo(id, endpoint, user, vhost, null);
    }

    /**
     * {@return the same connection, of this route}
     *
     * @param newRoute as {@link #route} says it
     */
    public UpstreamInfo through(@Nullable String newRoute) {
        return new UpstreamInfo(id, endpoint, user, vhost, newRoute);
    }

    /** {@return a number that is unique within its proxy} */
    public long id() {
        return id;
    }

    /** {@return {@code host:port} of the broker} */
    public String endpoint() {
        return endpoint;
    }

    /** {@return the user it logs in as} */
    public String user() {
        return user;
    }

    /** {@return its virtual host, null before it is known} */
    public @Nullable String vhost() {
        return vhost;
    }

    /** {@return the name of its {@link Route}, or null where it goes to the builder's own broker} */
    public @Nullable String route() {
        return route;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof UpstreamInfo that
                && id == that.id
                && Objects.equals(endpoint, that.endpoint)
                && Objects.equals(user, that.user)
                && Objects.equals(vhost, that.vhost)
                && Objects.equals(route, that.route);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, endpoint, user, vhost, route);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "UpstreamInfo[id=" + id + ", endpoint=" + endpoint + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + (route == null ? "" : ", route=" + route) + "]";
    }
}
