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

    private UpstreamInfo(long id, String endpoint, String user, @Nullable String vhost) {
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
        return new UpstreamInfo(id, endpoint, user, vhost);
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

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof UpstreamInfo that
                && id == that.id
                && Objects.equals(endpoint, that.endpoint)
                && Objects.equals(user, that.user)
                && Objects.equals(vhost, that.vhost);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, endpoint, user, vhost);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "UpstreamInfo[id=" + id + ", endpoint=" + endpoint + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + "]";
    }
}
