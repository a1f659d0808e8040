package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import java.util.List;

/**
 * Where the broker bounds the channels of an account: those that are idle make room for clients that wait, on whatever
 * connection they are, and one more is tried for now and then.
 */
final class IdleChannelReclaimer {

    private final PoolContext context;
    private final Account account;
    private final AccountChannels channels;
    private final Runnable onTried;

    /** @param onTried run when it is known whether the broker lets the account have one more channel */
    IdleChannelReclaimer(PoolContext context, Account account, Runnable onTried) {
        this.context = context;
        this.account = account;
        this.channels = account.channels();
        this.onTried = onTried;
    }

    /** So many wait in this vhost: idle channels are closed for them, or one more is tried for where there is none. */
    void makeRoom(int waiting, String vhost) {
        if (!channels.isBounded() || waiting == 0) {
            return;
        }
        List<Upstream> upstreams = account.upstreams();
        int coming = channels.room() + channels.cooling();
        for (Upstream upstream : upstreams) {
            coming += upstream.owed().closing();
        }
        for (Upstream upstream : upstreams) {
            while (coming < waiting && upstream.slots().giveUpIdle()) {
                coming++;
            }
        }
        if (coming == 0) {
            tryForMore(vhost);
        }
    }

    private void tryForMore(String vhost) {
        context.loop.limitReached(
                LoopContext.Limit.BROKER_CHANNELS,
                account.credentials().user(),
                vhost,
                null,
                account.credentials() + " in " + vhost + " waits for a channel");
        if (channels.mayTry() && account.refusal() == null && account.mayConnect()) {
            channels.onTrial();
            if (!ChannelTrial.begin(context, account.protocol(), account.credentials(), vhost, this::onTried)) {
                channels.onNotTried();
            }
        }
    }

    private void onTried(boolean accepted) {
        channels.onTried(accepted);
        onTried.run();
    }
}
