package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.pool.spi.ClientQueue;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.UpstreamConnection;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the broker with nothing else to do than to open one channel: where the user has too many, that costs
 * the connection, which had better be nobody's.
 */
final class ChannelTrial implements UpstreamOwner {

    private final Consumer<Boolean> result;
    private final Protocol protocol;
    private final UpstreamConnection session;
    private final Endpoint endpoint;
    private final LoginGuard.Attempt attempt;
    private boolean accepted;

    private ChannelTrial(Account account, LoginGuard.Attempt attempt, Consumer<Boolean> result) {
        PoolRegistry registry = account.registry();
        this.protocol = account.protocol();
        this.attempt = attempt;
        this.result = result;
        this.endpoint = registry.endpoints().choose(protocol);
        this.session = protocol.newUpstream(
                registry.loop(), this, registry.nextUpstreamId(), endpoint.name(), account.credentials());
    }

    /**
     * Begins one, unless as many log-ins are under way as may be; returns whether it has.
     *
     * @param result told once, when the trial is over, whether the broker let the user have one more channel
     */
    static boolean begin(Account account, String vhost, Consumer<Boolean> result) {
        LoginGuard.Attempt attempt = account.registry().beginLogin(null);
        if (attempt == null) {
            return false;
        }
        ChannelTrial trial = new ChannelTrial(account, attempt, result);
        trial.session.open(vhost);
        trial.endpoint.onBegun();
        trial.endpoint.connect(trial.session);
        return true;
    }

    @Override
    public void onProved(NegotiatedLimits tune) {
        endpoint.onProved();
    }

    @Override
    public void onOpened() {
        session.openSlot().close();
    }

    @Override
    public void onChannelClosed(Slot channel) {
        accepted = true;
        session.close("tried");
    }

    @Override
    public void onEnded(CloseCause ending, boolean wasOpen) {
        attempt.end();
        endpoint.onEnded(ending, protocol);
        result.accept(accepted);
    }

    // Nobody uses it.

    @Override
    public void onSuspect(InboundSession client, boolean wasShared) {}

    @Override
    public void onChannelIdle(Slot channel) {}

    @Override
    public void onChannelClosing(Slot channel) {}

    @Override
    public void onReleased(Slot channel, InboundSession client) {}

    @Override
    public Reason whyNotReuse(Slot channel) {
        return Reason.RETIRED;
    }

    @Override
    public void onExclusiveQueue(ClientQueue queue, InboundSession declarer) {}

    @Override
    public void onFenceRefused(CloseCause refusal) {}

    @Override
    public void onSecretRefused(CloseCause refusal) {
        session.close("the secret has changed");
    }

    @Override
    public void onBlocked(@Nullable String why) {}

    @Override
    public boolean isReserved() {
        return false;
    }
}
