package io.amqproxy;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A lease: one channel of a client bound to one channel of an upstream. Later versions may have more of it. */
public final class LeaseInfo {

    private final ClientInfo client;
    private final int clientChannel;
    private final UpstreamInfo upstream;
    private final int upstreamChannel;

    private LeaseInfo(ClientInfo client, int clientChannel, UpstreamInfo upstream, int upstreamChannel) {
        this.client = client;
        this.clientChannel = clientChannel;
        this.upstream = upstream;
        this.upstreamChannel = upstreamChannel;
    }

    /**
     * {@return such an object; for tests of what is given one}
     *
     * @param client who holds it
     * @param clientChannel the channel's number on the client's connection
     * @param upstream the connection to the broker
     * @param upstreamChannel the channel's number on that connection
     */
    public static LeaseInfo of(ClientInfo client, int clientChannel, UpstreamInfo upstream, int upstreamChannel) {
        return new LeaseInfo(client, clientChannel, upstream, upstreamChannel);
    }

    /** {@return who holds it} */
    public ClientInfo client() {
        return client;
    }

    /** {@return the channel's number on the client's connection} */
    public int clientChannel() {
        return clientChannel;
    }

    /** {@return the connection to the broker} */
    public UpstreamInfo upstream() {
        return upstream;
    }

    /** {@return the channel's number on that connection} */
    public int upstreamChannel() {
        return upstreamChannel;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LeaseInfo that
                && Objects.equals(client, that.client)
                && clientChannel == that.clientChannel
                && Objects.equals(upstream, that.upstream)
                && upstreamChannel == that.upstreamChannel;
    }

    @Override
    public int hashCode() {
        return Objects.hash(client, clientChannel, upstream, upstreamChannel);
    }

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "LeaseInfo[client=" + client + ", clientChannel=" + clientChannel + ", upstream=" + upstream
                + ", upstreamChannel=" + upstreamChannel + "]";
    }
}
