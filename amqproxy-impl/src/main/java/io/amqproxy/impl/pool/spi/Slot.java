package io.amqproxy.impl.pool.spi;

import io.amqproxy.Release.Reason;

/**
 * A part of a connection to the broker that one client has at a time: a channel of AMQP 0-9-1, a session of 1.0.
 *
 * <pre>
 *            lease                    release, clean          handled by the broker
 *    IDLE ----------&gt; LEASED --------------------------&gt; FENCING -----------------------&gt; IDLE
 *                       |                                   |
 *                       | release, not clean                | told to close
 *                       v                                   v
 *                    CLOSING &lt;---------------------------------
 *                       |
 *                       | answered
 *                       v
 *                    CLOSED      also from every state when the broker closes it
 * </pre>
 */
public interface Slot {

    /** Where the slot is in its life. */
    enum State {
        IDLE,
        LEASED,
        FENCING,
        CLOSING,
        CLOSED
    }

    UpstreamConnection session();

    /** {@return what tells it from the connection's other slots} */
    int number();

    State state();

    /** Whether a client has it, or waits for its end. */
    boolean hasClient();

    /** What would be left on it if the lease ended now; {@code CLEAN} for nothing. */
    Reason leftover();

    /** Whether it serves only clients that want what was set up on it, as {@link LeaseHolder#wants} says. */
    boolean isPrepared();

    /** Whether it has served somebody at this time or before, in the loop's time. */
    boolean hasServedSince(long time);

    /** When the last lease ended, in the loop's time. */
    long releasedAt();

    /** When the broker was told to close it, in the loop's time. */
    long toldToCloseAt();

    /** Closes it at the broker; {@link UpstreamOwner#onChannelClosed} follows. */
    void close();
}
