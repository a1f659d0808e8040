package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.AmqpException;

/** All channels of one client, as each of them knows them: what counts for the client as a whole. */
interface ChannelSiblings {

    /** A channel asks for a consumer, which counts in what all clients may have. */
    void takeConsumer(ClientChannel channel) throws AmqpException;

    /** A consumer is gone. */
    void onConsumerGone(ClientChannel channel);

    /** So many channels more, or less, have messages that are not confirmed. */
    void countUnconfirmed(int more);

    /** A channel has no message any more that is not confirmed. */
    void onConfirmed();

    /** The client declares a queue or an exchange that a broker forgets when it restarts. */
    void onTransientDeclared();

    /** Whether a restart of the broker takes something that the client has declared. */
    boolean mayLoseToRestart();

    /** The client declares a queue for itself. */
    void onExclusiveDeclared();

    /** Whether a queue that the client deletes may be one that it had for itself. */
    boolean mayHaveExclusiveQueues();

    /** Something is about to be said on a channel, or has been. */
    void ensureOpen(ClientChannel channel);

    /** What a channel waits for may be there, so that what was put aside can be taken. */
    void goOn();

    /** A channel that was left is done with. */
    void onLeft(ClientChannel channel);

    /** The broker closed a channel while its client was leaving it: both closes get their answer. */
    void onCrossed(ClientChannel channel);
}
