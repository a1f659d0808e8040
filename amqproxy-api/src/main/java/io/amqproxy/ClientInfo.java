package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client as far as it is known. Later versions may have more of it. */
public final class ClientInfo {

    private final long id;
    private final InetSocketAddress address;
    private final @Nullable String user;
    private final @Nullable String vhost;
    private final @Nullable String protocol;

    private ClientInfo(
            long id,
            InetSocketAddress address,
            @Nullable String user,
            @Nullable String vhost,
            @Nullable String protocol) {
        this.protocol = protocol;
        this.id = id;
        this.address = address;
        this.user = user;
        this.vhost = vhost;
    }

    /**
     * {@return such an object; for tests of what is given one}
     *
     * @param id a number that is unique within its proxy
     * @param address where it connects from
     * @param user its user, null before it authenticated
     * @param vhost its virtual host, null before it opened one
     */
    public static ClientInfo of(long id, InetSocketAddress address, @Nullable String user, @Nullable String vhost) {
        return new ClientInfo(id, address, user, vhost, null);
    }

    /**
     * {@return the same client, which speaks this protocol}
     *
     * @param name as {@link #protocol} says it
     */
    public ClientInfo speaking(String name) {
        return new ClientInfo(id, address, user, vhost, name);
    }

    /**
     * {@return the same client, which has shown this much more}
     *
     * @param newUser its user, null before it authenticated
     * @param newVhost its virtual host, null before it opened one
     */
    public ClientInfo in(@Nullable String newUser, @Nullable String newVhost) {
        return new ClientInfo(id, address, newUser, newVhost, protocol);
    }

    /** {@return a number that is unique within its proxy} */
    public long id() {
        return id;
    }

    /** {@return where it connects from} */
    public InetSocketAddress address() {
        return address;
    }

    /** {@return its user, null before it authenticated} */
    public @Nullable String user() {
        return user;
    }

    /** {@return the protocol that it speaks, {@code AMQP 0-9-1} or {@code AMQP 1.0}; null before it has shown that} */
    public @Nullable String protocol() {
        return protocol;
    }

    /** {@return its virtual host, or the hostname in its open (AMQP 1.0); null before it opened one} */
    public @Nullable String vhost() {
        return vhost;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClientInfo that
                && id == that.id
                && Objects.equals(address, that.address)
                && Objects.equals(user, that.user)
                && Objects.equals(vhost, that.vhost)
                && Objects.equals(protocol, that.protocol);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, address, user, vhost, protocol);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "ClientInfo[id=" + id + ", address=" + address + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + (protocol == null ? "" : ", protocol=" + protocol) + "]";
    }
}
