package io.amqproxy.impl.session;

import io.amqproxy.LeaseRequest.Purpose;

/**
 * What client sessions ask of the pools. Answers come as calls of the session, at once or later; a session that ended
 * meanwhile takes them without effect.
 */
public interface Gateway {

    /**
     * Proves the credentials: answered by {@link ClientSession#onAuthenticated} or {@link ClientSession#onRefused}. The
     * session may belong to another loop afterwards.
     */
    void authenticate(ClientSession client, Credentials credentials);

    /** Opens the vhost: answered by {@link ClientSession#onOpened} or {@link ClientSession#onRefused}. */
    void open(ClientSession client, String vhost);

    /**
     * The client has a new secret: answered by {@link ClientSession#onSecretTaken}, or by the end of the session.
     *
     * @param reason what the client said about it, for the broker
     */
    void updateSecret(ClientSession client, byte[] secret, String reason);

    /**
     * The client sends nothing more and all its channels are left.
     *
     * @return whether nothing of it remains at the broker; otherwise {@link ClientSession#onLeft} follows
     */
    boolean leave(ClientSession client);

    /**
     * Binds a channel that is not bound, or binds a bound one anew where its new purpose asks for it.
     *
     * @return whether the channel is bound now; otherwise it waits, and {@link ClientChannel#onLeased} or the end of
     *     its session follows
     */
    boolean lease(ClientChannel channel, Purpose purpose);

    /** The channel does not need an upstream any more, if it still waits for one. */
    void forgo(ClientChannel channel);

    /** Sets the upstream that this channel is bound to aside for its client: no one else gets a lease there. */
    void pin(ClientChannel channel);
}
