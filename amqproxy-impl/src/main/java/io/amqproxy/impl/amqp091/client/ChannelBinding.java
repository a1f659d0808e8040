package io.amqproxy.impl.amqp091.client;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.impl.amqp091.channel.ChannelHolder;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client's channel is bound for: whether its lease is right for what comes next, and what has to be proved, or
 * to be gone at the broker, before it may be bound anew.
 */
final class ChannelBinding {

    /** The channel that is bound. */
    interface Host extends ChannelHolder {

        @Override
        ClientConnection session();

        /** {@return the channel at the broker that it has now, or null} */
        @Nullable
        UpstreamChannel upstream();
    }

    private final Host channel;
    private Purpose boundFor = Purpose.OTHER;
    /** Whether the present lease is a publisher's: it has published, or may. */
    private boolean publishing;
    /** Whether the client waits for what it sent to be handled, before the channel is bound anew. */
    private boolean awaitsProof;

    ChannelBinding(Host channel) {
        this.channel = channel;
    }

    /** Whether it has published over its last lease, or was about to. */
    boolean isPublishing() {
        return publishing;
    }

    /** Whether it is bound for messages that the broker sends. */
    boolean isForDeliveries() {
        return switch (boundFor) {
            case CONSUME, CONSUME_UNLIMITED, GET -> true;
            case PUBLISH, EXCLUSIVE_QUEUE, UNCERTAIN, OTHER -> false;
        };
    }

    /**
     * Binds the channel where it is not bound, or where nothing ties it to a place that is not for this purpose: who
     * does not publish is not to wait where the broker holds publishers back. Answers false when it has to wait.
     */
    boolean bind(Purpose purpose) {
        UpstreamChannel up = channel.upstream();
        if (up != null && (suits(up, purpose) || !up.isMovable())) {
            return true;
        }
        return lease(purpose);
    }

    private boolean lease(Purpose purpose) {
        return channel.session().gateway().lease(channel, purpose);
    }

    private boolean suits(UpstreamChannel up, Purpose purpose) {
        return switch (purpose) {
            case OTHER -> !up.session().owner().blocked();
            case PUBLISH -> publishing;
            default -> boundFor == purpose;
        };
    }

    /** Binds the channel as {@link #bind} does, for what may be held back by the broker. */
    boolean bindToPublish() {
        if (!bind(Purpose.PUBLISH)) {
            return false;
        }
        publishing = true;
        return true;
    }

    /** Binds the channel anew where its purpose has changed and nothing ties it to where it is. */
    boolean bindAnew(Purpose purpose) {
        UpstreamChannel up = channel.upstream();
        return (up != null && (boundFor == purpose || !up.isMovable())) || lease(purpose);
    }

    /**
     * Binds the channel where the broker may close the connection, as {@link #bindAnew} does, and sets that aside for
     * its client, unless others need it. Where only the proof is missing that the broker has handled what was sent,
     * that is asked for and waited for; its client is closed if that takes too long.
     */
    boolean bindApart() {
        UpstreamChannel up = channel.upstream();
        if (up != null && boundFor != Purpose.UNCERTAIN && up.isMovableOnceProved() && !up.isMovable()) {
            awaitProof();
            channel.session().writes().flush();
            up.fence();
            return false;
        }
        boolean isBound = bindAnew(Purpose.UNCERTAIN);
        if (isBound) {
            channel.session().gateway().reserve(channel, true);
        }
        return isBound;
    }

    /** The channel waits, like for a proof, until a queue is gone that it would come upon. */
    boolean awaitsDeletion(String queue) {
        UpstreamChannel up = Objects.requireNonNull(channel.upstream(), "the channel is not bound");
        if (!up.session().owner().isDeleting(queue, channel)) {
            return false;
        }
        awaitProof();
        return true;
    }

    private void awaitProof() {
        awaitsProof = true;
        channel.session().setWaitingForProof(true);
    }

    /** What was waited for is there, or of no interest any more. */
    void stopAwaitingProof() {
        if (awaitsProof) {
            awaitsProof = false;
            channel.session().setWaitingForProof(false);
        }
    }

    /** The lease that the channel has, or gets, is right for this purpose. */
    void onPlaced(Purpose purpose) {
        boundFor = purpose;
    }

    /** The lease begins. */
    void onLeased() {
        publishing = false;
    }
}
