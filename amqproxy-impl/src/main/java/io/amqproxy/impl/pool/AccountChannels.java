package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import org.jspecify.annotations.Nullable;

/** The channels that an account has on all of its connections, and how many the broker lets it have. */
final class AccountChannels {

    private final LoopContext loop;
    private final Credentials credentials;
    private final ExpiringTable<String, Integer> known;
    private final BrokerChannelLimit limit = new BrokerChannelLimit();
    private @Nullable CloseCause refusal;
    private boolean trying;
    /** Channels on all connections, those whose close is not answered included. */
    private int present;

    /**
     * @param known what the broker has let users have, to begin with and to learn: the limit is the user's, whatever
     *     the secret, and to learn it costs a connection
     */
    AccountChannels(LoopContext loop, Credentials credentials, ExpiringTable<String, Integer> known) {
        this.loop = loop;
        this.credentials = credentials;
        this.known = known;
        Integer most = known.get(credentials.user(), loop.now);
        if (most != null) {
            limit.onKnown(most, loop.now);
        }
    }

    /** Whether it is known that the broker bounds them. */
    boolean isBounded() {
        return limit.isKnown();
    }

    /** How many more may be opened, {@code MAX_VALUE} for all that is known. */
    int room() {
        if (!limit.isKnown()) {
            return Integer.MAX_VALUE;
        }
        int room = limit.room(present, loop.now);
        return trying ? Math.max(0, room - 1) : room;
    }

    /** Whether one more may be opened, for all that is known. */
    boolean mayOpen() {
        return room() > 0;
    }

    /** Those that are closed, and may be counted by the broker for some time yet. */
    int cooling() {
        return limit.cooling(loop.now);
    }

    void onOpened() {
        present++;
    }

    /** An upstream has come from another account, or gone there, with so many channels. */
    void onMoved(int more) {
        present += more;
    }

    /** What the broker said where it lets the user have none at all, or null. */
    @Nullable
    CloseCause refusal() {
        return limit.isNone(loop.now) ? refusal : null;
    }

    /** How it is bounded, for people; empty where it is not. */
    String describe() {
        return limit.isKnown() ? "; the broker lets the user have " + limit.most() + " channels" : "";
    }

    /** How long it takes until there may be more room, if nothing happens; {@code MAX_VALUE} for ever. */
    long untilRoom() {
        return limit.untilRoom(loop.now);
    }

    void onClosed() {
        present--;
        limit.onFreed(1, loop.now);
    }

    /**
     * A connection is over, and its channels with it.
     *
     * @param slots the channels that it had
     * @param accepted how many of them the broker had let there be
     */
    void onEnded(int slots, int accepted, CloseCause ending) {
        if (ending.isSlotLimit()) {
            onRefused(accepted - slots, ending);
        }
        present -= slots;
        limit.onFreed(accepted, loop.now);
    }

    /** @param unaccepted how many of those that there are the broker has not let the user have, negative */
    private void onRefused(int unaccepted, CloseCause ending) {
        refusal = ending;
        limit.onRefused(present + unaccepted, ending.slotLimit(), loop.now);
        remember();
        String effect = "the broker lets " + credentials + " have " + limit.most() + " channels: " + ending.text();
        loop.limitReached(LoopContext.Limit.BROKER_CHANNELS, credentials.user(), null, null, effect);
    }

    private void remember() {
        if (limit.isKnown() && limit.most() > 0) {
            known.put(credentials.user(), limit.most(), loop.now);
        }
    }

    /** Limits may be others now. */
    void forget() {
        limit.forget();
        known.remove(credentials.user());
    }

    // Whether there may be more by now.

    /** Whether one more is worth a try. */
    boolean mayTry() {
        return !trying && limit.mayTry(loop.now);
    }

    /** One more is tried for, which leaves so much less room for others. */
    void onTrial() {
        trying = true;
        limit.onTrial();
    }

    /** It could not be tried for. */
    void onNotTried() {
        trying = false;
    }

    /** The broker let the user have it, or not; it is gone again. */
    void onTried(boolean accepted) {
        trying = false;
        limit.onTried(accepted, loop.now);
        remember();
        limit.onFreed(1, loop.now);
    }
}
