package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.internal.LogText;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels that an account has on all of its connections, where the broker bounds them. Then those that are idle
 * make room for clients that wait, wherever they are, and one more is tried for now and then.
 */
final class BrokerChannels {

    private static final Logger log = LoggerFactory.getLogger(BrokerChannels.class);

    private final Account account;
    private final BrokerChannelLimit limit = new BrokerChannelLimit();
    private @Nullable CloseCause refusal;
    private boolean trying;
    /** Channels on all connections, those whose close is not answered included. */
    private int present;

    BrokerChannels(Account account) {
        this.account = account;
    }

    private LoopContext loop() {
        return account.registry().loop();
    }

    /** How many more may be opened, {@code MAX_VALUE} for all that is known. */
    int room() {
        if (!limit.isKnown()) {
            return Integer.MAX_VALUE;
        }
        int room = limit.room(present, loop().now);
        return trying ? Math.max(0, room - 1) : room;
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
        return limit.isNone(loop().now) ? refusal : null;
    }

    /** How it is bounded, for people; empty where it is not. */
    String describe() {
        return limit.isKnown() ? "; the broker lets the user have " + limit.most() + " channels" : "";
    }

    /** How long it takes until there may be more room, if nothing happens; {@code MAX_VALUE} for ever. */
    long untilRoom() {
        return limit.untilRoom(loop().now);
    }

    void onClosed() {
        present--;
        limit.onFreed(1, loop().now);
    }

    /** A connection is over, and its channels with it. */
    void onEnded(Upstream upstream, CloseCause ending) {
        int accepted = upstream.session().acceptedSlots();
        if (ending.isSlotLimit()) {
            onRefused(accepted - upstream.slots(), ending);
        }
        present -= upstream.slots();
        limit.onFreed(accepted, loop().now);
    }

    /** @param unaccepted how many of those that there are the broker has not let the user have, negative */
    private void onRefused(int unaccepted, CloseCause ending) {
        refusal = ending;
        limit.onRefused(present + unaccepted, ending.slotLimit(), loop().now);
        loop().lines
                .warn(
                        log,
                        "The broker lets {} have {} channels: {}",
                        account.credentials(),
                        limit.most(),
                        LogText.of(ending.text()));
        loop().limitReached(LoopContext.Limit.BROKER_CHANNELS, ending.text());
    }

    /** Limits may be others now. */
    void forget() {
        limit.forget();
    }

    /** So many wait in this vhost: idle channels are closed for them, or one more is tried for where there is none. */
    void makeRoom(int waiting, String vhost) {
        if (!limit.isKnown() || waiting == 0) {
            return;
        }
        List<Upstream> upstreams = account.upstreams();
        int coming = room() + limit.cooling(loop().now);
        for (Upstream upstream : upstreams) {
            coming += upstream.owed().closing();
        }
        for (Upstream upstream : upstreams) {
            while (coming < waiting && upstream.giveUpIdleChannel()) {
                coming++;
            }
        }
        if (coming == 0) {
            tryForMore(vhost);
        }
    }

    private void tryForMore(String vhost) {
        loop().limitReached(LoopContext.Limit.BROKER_CHANNELS, account.credentials() + " waits for a channel");
        if (!trying && limit.mayTry(loop().now) && account.refusal() == null && account.mayConnect()) {
            trying = true;
            limit.onTrial();
            trying = ChannelTrial.begin(account, vhost, this::onTried) && trying;
        }
    }

    private void onTried(boolean accepted) {
        trying = false;
        limit.onTried(accepted, loop().now);
        limit.onFreed(1, loop().now);
        List.copyOf(account.pools()).forEach(Pool::onFreed);
    }
}
