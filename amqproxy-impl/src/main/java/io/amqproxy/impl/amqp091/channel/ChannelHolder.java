package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;

/** Who has the lease of an {@link UpstreamChannel}: a channel of a client. */
public interface ChannelHolder extends LeaseHolder, FrameReceiver {

    @Override
    int number();

    /** An upstream channel in confirm mode is right for whoever is about to enter it. */
    @Override
    default boolean wants(Slot prepared) {
        return wantsPrepared();
    }

    /** Whether the client wants to be told that the broker has cancelled a consumer. */
    boolean understandsCancel();

    /** A consumer that the client has not cancelled is gone, and nothing more comes for it. */
    void onCancelled(String tag);

    /** The newest delivery tag of earlier leases: the next one goes on from there. */
    long lastDeliveryTag();

    /** How many publishes were confirmed in earlier leases: the next one goes on from there. */
    long lastConfirmTag();

    /** Who reads the answers to what is sent on the channel. */
    AwaitedAnswers.Reader answers();

    /** Whether the client is not read until it is proved that nothing more is returned. */
    boolean isWaitingForAnswers();

    /** The broker has the queue that was declared. */
    void onDeclared(String queue);

    /** All that was published has been confirmed. */
    void onConfirmed();

    /** The broker has handled all that was sent before a fence. */
    void onFenced();

    /** The channel that a leaving client had is closed, as was asked for, or because the broker refused the fence. */
    void onUpstreamClosed(UpstreamChannel closed);

    /**
     * The broker has closed the channel for a fence, and has handled all that went before that.
     *
     * @return whether the lease has ended; otherwise {@link #onUpstreamClosed} follows
     */
    boolean onFenceRefused(UpstreamChannel closed);

    /** The broker closed the channel. */
    void onBrokerClosed(UpstreamChannel closed, int code, String text, int methodId);

    /** The lease was lost with its connection; {@link #onUpstreamLost} follows when all of them have ended. */
    void onLeaseLost(UpstreamChannel lost);

    /** The channel is lost with its connection. */
    void onUpstreamLost(UpstreamChannel lost, CloseCause ending, Blame blame);

    /** The broker has ended a consumer, of its own accord or as it was asked to. */
    void onConsumerGone();
}
