package io.amqproxy;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A client as far as it is known.
 *
 * @param id unique within its proxy
 * @param address where it connects from
 * @param user its user, null before it authenticated
 * @param vhost its virtual host, null before it opened one
 */
public record ClientInfo(
        long id,
        InetSocketAddress address,
        @Nullable String user,
        @Nullable String vhost) {

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "ClientInfo[id=" + id + ", address=" + address + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + "]";
    }
}
