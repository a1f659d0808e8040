package io.amqproxy;

import io.amqproxy.internal.LogText;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client as far as it is known. Later versions may have more of it.
 *
 * <p>It does not change: what a client does later, another object says. Two are equal if they say the same of who it
 * is, whatever it has sent meanwhile.
 */
public final class ClientInfo {

    private final long id;
    private final InetSocketAddress address;
    private final @Nullable String user;
    private final @Nullable String vhost;
    private final @Nullable String protocol;
    private final @Nullable String name;
    private final @Nullable String product;
    private final @Nullable Instant since;
    private final Counts counts;
    private final @Nullable String route;

    /** What a client has done and has open, which is said in few places only. */
    private record Counts(long published, long delivered, int channels) {
        private static final Counts NONE = new Counts(0, 0, 0);
    }

    private ClientInfo(
            long id,
            InetSocketAddress address,
            @Nullable String user,
            @Nullable String vhost,
            @Nullable String protocol,
            @Nullable String name,
            @Nullable String product,
            @Nullable Instant since,
            Counts counts,
            @Nullable String route) {
        this.route = route;
        this.since = since;
        this.counts = counts;
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
        return new ClientInfo(id, address, user, vhost, null, null, null, null, Counts.NONE, null);
    }

    /**
     * {@return the same client, which speaks this protocol}
     *
     * @param protocolName as {@link #protocol} says it
     */
    public ClientInfo speaking(String protocolName) {
        return new ClientInfo(id, address, user, vhost, protocolName, name, product, since, counts, route);
    }

    /**
     * {@return the same client, which has introduced itself so}
     *
     * @param newName as {@link #name} says it
     * @param newProduct as {@link #product} says it
     */
    public ClientInfo introducedAs(@Nullable String newName, @Nullable String newProduct) {
        return new ClientInfo(id, address, user, vhost, protocol, newName, newProduct, since, counts, route);
    }

    /**
     * {@return the same client, which has shown this much more}
     *
     * @param newUser its user, null before it authenticated
     * @param newVhost its virtual host, null before it opened one
     */
    public ClientInfo in(@Nullable String newUser, @Nullable String newVhost) {
        return new ClientInfo(id, address, newUser, newVhost, protocol, name, product, since, counts, route);
    }

    /**
     * {@return the same client, which has connected then}
     *
     * @param time as {@link #since} says it
     */
    public ClientInfo connectedAt(@Nullable Instant time) {
        return new ClientInfo(id, address, user, vhost, protocol, name, product, time, counts, route);
    }

    /**
     * {@return the same client, with what went over its connection}
     *
     * @param newPublished as {@link #published} says it
     * @param newDelivered as {@link #delivered} says it
     */
    public ClientInfo counting(long newPublished, long newDelivered) {
        Counts newCounts = new Counts(newPublished, newDelivered, counts.channels);
        return new ClientInfo(id, address, user, vhost, protocol, name, product, since, newCounts, route);
    }

    /**
     * {@return the same client, which has this many open}
     *
     * @param newChannels as {@link #channels} says it
     */
    public ClientInfo having(int newChannels) {
        Counts newCounts = new Counts(counts.published, counts.delivered, newChannels);
        return new ClientInfo(id, address, user, vhost, protocol, name, product, since, newCounts, route);
    }

    /**
     * {@return the same client, which is served by this route}
     *
     * @param newRoute as {@link #route} says it
     */
    public ClientInfo through(@Nullable String newRoute) {
        return new ClientInfo(id, address, user, vhost, protocol, name, product, since, counts, newRoute);
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

    /**
     * {@return the name of its {@link Route}; null where that is the builder's own broker, and before the client has
     * said who it is}
     */
    public @Nullable String route() {
        return route;
    }

    /** {@return when it connected, by the clock of the proxy's machine; null where nobody has said so} */
    public @Nullable Instant since() {
        return since;
    }

    /**
     * {@return how many messages it has published, so far in what {@link AmqProxy#clients()} returns and in all in
     * {@link ProxyListener#clientDisconnected}; 0 elsewhere} Those that the proxy did not pass on do not count.
     */
    public long published() {
        return counts.published;
    }

    /** {@return how many messages it was sent for its consumers, gets and returns, in the same places; 0 elsewhere} */
    public long delivered() {
        return counts.delivered;
    }

    /**
     * {@return how many channels, or sessions of AMQP 1.0, it has open, in what {@link AmqProxy#clients()} returns; 0
     * elsewhere}
     */
    public int channels() {
        return counts.channels;
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
                && Objects.equals(product, that.product)
                && Objects.equals(route, that.route);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, address, user, vhost, protocol, name, product, route);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "ClientInfo[id=" + id + ", address=" + address + ", user=" + LogText.of(user) + ", vhost="
                + LogText.of(vhost) + (protocol == null ? "" : ", protocol=" + protocol)
                + (name == null ? "" : ", name=" + LogText.of(name))
                + (product == null ? "" : ", product=" + LogText.of(product))
                + (route == null ? "" : ", route=" + route) + "]";
    }
}
