package io.amqproxy.impl.pool.spi;

import io.amqproxy.Release.Reason;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.NegotiatedLimits;
import org.jspecify.annotations.Nullable;

/** Whoever keeps an {@link UpstreamConnection}, in a pool or for a purpose of its own. */
public interface UpstreamOwner {

    /** {@return what policies see of the connection; null where it is in no pool} */
    default @Nullable UpstreamView view() {
        return null;
    }

    /** The broker accepted the credentials. */
    void onProved(NegotiatedLimits tune);

    /** The broker accepted the vhost; channels may be opened. */
    void onOpened();

    /** The broker closes the connection, perhaps for what this client did on it, with others or alone. */
    void onSuspect(InboundSession client, boolean wasShared);

    /** The client has read nothing for too long while others waited for it on the connection, and is closed. */
    default void onUnread(InboundSession client) {}

    /** The session is over; all its channels are gone. Told once, whatever was before. */
    void onEnded(CloseCause ending, boolean wasOpen);

    /** The broker has opened a channel, of a connection that tells of that. */
    default void onChannelOpened(Slot channel) {}

    /** A channel that was released is clean. */
    void onChannelIdle(Slot channel);

    /** The broker was told to close a channel, whose number is free when it has answered. */
    void onChannelClosing(Slot channel);

    /** A channel's number is free. */
    void onChannelClosed(Slot channel);

    /** A client's lease on the channel ended. */
    void onReleased(Slot channel, InboundSession client);

    /** {@code CLEAN} where the channel may serve again after its fence, otherwise why not. */
    Reason whyNotReuse(Slot channel);

    /**
     * The broker has an exclusive queue that this client declared, which may have gone meanwhile. It lives as long as
     * this connection unless it is deleted.
     */
    void onExclusiveQueue(ClientQueue queue, InboundSession declarer);

    /** The broker has deleted a queue, perhaps one that a client had for itself. */
    default void onQueueDeleted(String queue) {}

    /**
     * Whether a queue of this name, of a client that left, is about to be deleted on this connection. Then nobody may
     * declare it exclusively before that is done, when {@link LeaseHolder#goOn} is called.
     */
    default boolean isDeleting(String queue, LeaseHolder waiting) {
        return false;
    }

    /** The broker has closed a channel for what the connection's user may not do. */
    default void onRightMissing() {}

    /** {@return whether the broker answers fences} */
    default FenceSupport fences() {
        return FenceSupport.UNKNOWN;
    }

    /**
     * {@return a slot that no client has, to ask for the first fence on, which is closed after that; null where there
     * is no room for one}
     */
    default @Nullable Slot takeSlotForFence() {
        return null;
    }

    /** The broker does not accept the present secret in place of the former one. */
    void onSecretRefused(CloseCause refusal);

    /** The broker holds back publishers for this reason, or no longer does (null). */
    void onBlocked(@Nullable String why);

    /** Whether the broker holds back publishers. */
    default boolean blocked() {
        return false;
    }

    /** The broker took the secret that {@link UpstreamConnection#updateSecret} told it. */
    default void onSecretTaken() {}

    /** Whether one client alone uses the session, and no other will. */
    boolean isReserved();

    /** Whether one client alone needs what the broker says now, so that the broker may be left unread for it. */
    default boolean isForOneClient() {
        return isReserved();
    }
}
