package io.amqproxy;

import org.jspecify.annotations.Nullable;

/**
 * A connection of the proxy to the broker.
 *
 * @param id unique within its proxy
 * @param endpoint {@code host:port} of the broker
 * @param user the user it logs in as
 * @param vhost its virtual host, null before it is known
 */
public record UpstreamInfo(
        long id, String endpoint, String user, @Nullable String vhost) {

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "UpstreamInfo[id=" + id + ", endpoint=" + endpoint + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + "]";
    }
}
