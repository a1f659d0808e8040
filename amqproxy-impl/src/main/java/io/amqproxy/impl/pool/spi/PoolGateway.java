package io.amqproxy.impl.pool.spi;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;

/**
 * What client sessions ask of the pools. Answers come as calls of the session, at once or later; a session that ended
 * meanwhile takes them without effect.
 */
public interface PoolGateway {

    /** {@return the one of a loop, which is there before its first client} */
    static PoolGateway of(LoopContext loop) {
        return loop.attached(PoolGateway.class);
    }

    /**
     * Proves the credentials: answered by {@link InboundSession#onAuthenticated} or {@link InboundSession#onRefused}.
     * The session may belong to another loop afterwards.
     *
     * @return false where the vhost decides at which broker they are proved: then the session lets the client go on, as
     *     one that has proved nothing, and has that answer when it has said {@link #open} for the first time
     */
    boolean authenticate(InboundSession client, Credentials credentials);

    /**
     * Opens the vhost: answered by {@link InboundSession#onOpened} or {@link InboundSession#onRefused}. Where the
     * credentials were held for it they are proved now, and it is said once more after that.
     */
    void open(InboundSession client, String vhost);

    /**
     * The client has a new secret: answered by {@link InboundSession#onSecretTaken}, or by the end of the session.
     *
     * @param reason what the client said about it, for the broker
     */
    void updateSecret(InboundSession client, byte[] secret, String reason);

    /**
     * The client sends nothing more and all its channels are left.
     *
     * @return whether nothing of it remains at the broker; otherwise {@link InboundSession#onLeft} follows
     */
    boolean leave(InboundSession client);

    /**
     * Binds a channel that is not bound, or binds a bound one anew where its new purpose asks for it.
     *
     * @return whether the channel is bound now; otherwise it waits, and {@link LeaseHolder#onLeased} or the end of its
     *     session follows
     */
    boolean lease(LeaseHolder channel, Purpose purpose);

    /** The channel does not need an upstream any more, if it still waits for one. */
    void forgo(LeaseHolder channel);

    /**
     * Sets the upstream that this channel is bound to aside for its client, unless it is the last for those who share:
     * no one else gets a lease there.
     *
     * @param ifSpare whether others must not miss it: none is there, or another one may be opened
     */
    void reserve(LeaseHolder channel, boolean ifSpare);
}
