package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.pool.spi.Protocol;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.function.Consumer;

/**
 * Opens one channel, and nothing else: where the user has too many, that costs the connection, which had better be
 * nobody's.
 */
final class ChannelTrial extends TrialConnection {

    private final Consumer<Boolean> result;
    private boolean accepted;

    private ChannelTrial(
            PoolContext context,
            Protocol protocol,
            Permission permission,
            Credentials credentials,
            Consumer<Boolean> result) {
        super(context, protocol, permission, credentials);
        this.result = result;
    }

    /**
     * Begins one, unless as many log-ins are under way, or connections there, as may be.
     *
     * @param credentials to log in with
     * @param result told once, when the trial is over, whether the broker let the user have one more channel
     * @return whether it has
     */
    static boolean begin(
            PoolContext context, Protocol protocol, Credentials credentials, String vhost, Consumer<Boolean> result) {
        Permission permission = Permission.take(context);
        if (permission == null) {
            return false;
        }
        new ChannelTrial(context, protocol, permission, credentials, result).begin(vhost);
        return true;
    }

    @Override
    void ask() {
        session().openSlot().close();
    }

    @Override
    public void onChannelClosed(Slot channel) {
        accepted = true;
        close("tried");
    }

    @Override
    void tell(CloseCause ending) {
        result.accept(accepted);
    }

    @Override
    public void onSecretRefused(CloseCause refusal) {
        close("the secret has changed");
    }
}
