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
    private final @Nullable String name;
    private final @Nullable String product;

    private ClientInfo(
            long id,
            InetSocketAddress address,
            @Nullable String user,
            @Nullable String vhost,
            @Nullable String protocol,
            @Nullable String name,
            @Nullable String product) {
        this.name = name;
        this.product = product;
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
        return new ClientInfo(id, address, user, vhost, null, null, null);
    }

    /**
     * {@return the same client, which speaks this protocol}
     *
     * @param protocolName as {@link #protocol} says it
     */
    public ClientInfo speaking(String protocolName) {
        return new ClientInfo(id, address, user, vhost, protocolName, name, product);
    }

    /**
     * {@return the same client, which has introduced itself so}
     *
     * @param newName as {@link #name} says it
     * @param newProduct as {@link #product} says it
     */
    public ClientInfo introducedAs(@Nullable String newName, @Nullable String newProduct) {
        return new ClientInfo(id, address, user, vhost, protocol, newName, newProduct);
    }

    /**
     * {@return the same client, which has shown this much more}
     *
     * @param newUser its user, null before it authenticated
     * @param newVhost its virtual host, null before it opened one
     */
    public ClientInfo in(@Nullable String newUser, @Nullable String newVhost) {
        return new ClientInfo(id, address, newUser, newVhost, protocol, name, product);
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

    /**
     * {@return the name that its application gave to the connection: {@code connection_name} in its properties, or its
     * container id (AMQP 1.0); null where there is none} It is as the client sent it, up to 255 characters.
     */
    public @Nullable String name() {
        return name;
    }

    /** {@return the library that it uses, as that calls itself, up to 64 characters; null where it does not say} */
    public @Nullable String product() {
        return product;
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
                && Objects.equals(protocol, that.protocol)
                && Objects.equals(name, that.name)
                && Objects.equals(product, that.product);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, address, user, vhost, protocol, name, product);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "ClientInfo[id=" + id + ", address=" + address + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + (protocol == null ? "" : ", protocol=" + protocol)
                + (name == null ? "" : ", name=" + LogText.of(name))
                + (product == null ? "" : ", product=" + LogText.of(product)) + "]";
    }
}
