package io.amqproxy.impl.pool;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.pool.spi.InboundSession;
import org.jspecify.annotations.Nullable;

/**
 * A client says that its secret has changed ({@code connection.update-secret}, by which long connections with OAuth
 * tokens live). The connections to the broker may be others' as well, so that the broker is asked elsewhere:
 *
 * <pre>
 *   PROVING --log-in and vhost accepted--&gt; the client belongs to the account of the new secret
 *      |
 *      | log-in refused
 *      v
 *   TRYING --update-secret-ok--&gt; nothing changes: the broker does not care for secrets of connections that are open
 *      |
 *      | closed by the broker
 *      v
 *   the client gets that close
 * </pre>
 *
 * <p>RabbitMQ with its own users is a broker that does not care: it takes any secret.
 */
final class SecretUpdate implements LoginHandler, SecretTrial.Result {

    private final InboundSession client;
    private final PoolMembership stay;
    private final Credentials updated;
    private final String reason;
    private final PoolContext context;
    private final AccountPools home;
    private final Account account;
    private @Nullable Pool pool;
    private @Nullable SecretTrial trial;
    private boolean over;

    /**
     * @param updated the new credentials, which are wiped in the end
     * @param home the account of them
     */
    SecretUpdate(
            PoolContext context,
            InboundSession client,
            PoolMembership stay,
            Credentials updated,
            AccountPools home,
            String reason) {
        this.context = context;
        this.client = client;
        this.stay = stay;
        this.updated = updated;
        this.home = home;
        this.account = home.account();
        this.reason = reason;
    }

    void begin() {
        account.authenticate(this);
    }

    /** The client is gone. */
    void cancel() {
        if (!over) {
            end();
            if (trial != null) {
                trial.cancel();
            } else {
                withdraw();
            }
        }
    }

    private void end() {
        over = true;
        updated.wipe();
        stay.onUpdateOver();
    }

    private void withdraw() {
        if (pool != null) {
            pool.withdraw(this);
        }
        account.forget(this);
    }

    @Override
    public ClientInfo info() {
        return client.info();
    }

    @Override
    public ClientProperties properties() {
        return client.properties();
    }

    @Override
    public void onAuthenticated(NegotiatedLimits upstream) {
        if (!over) {
            Pool entered = home.enter(stay.pool().vhost());
            pool = entered;
            entered.prove(this);
        }
    }

    @Override
    public void onOpened(String vhost, NegotiatedLimits offer) {
        if (over || pool == null) {
            return;
        }
        end();
        if (account == stay.account()) {
            account.forget(this);
        } else {
            Account old = stay.account();
            Pool from = stay.pool();
            stay.move(home, pool); // Which counts for the account as this did.
            old.forget(client);
            from.handOver(client, pool, reason);
        }
        client.onSecretTaken();
    }

    @Override
    public void onRefused(CloseCause refusal) {
        if (over) {
            return;
        }
        withdraw();
        if (refusal.kind() == Kind.LOGIN_REFUSED) {
            trial = SecretTrial.begin(
                    context,
                    stay.account().protocol(),
                    stay.account().credentials(),
                    stay.pool().vhost(),
                    updated,
                    reason,
                    this);
        } else {
            refuse(refusal);
        }
    }

    private void refuse(CloseCause refusal) {
        end();
        client.close(
                refusal.initiator() == Initiator.NETWORK ? CloseCause.byProxy(Kind.FORCED, refusal.text()) : refusal);
    }

    @Override
    public void onTaken() {
        if (!over) {
            end();
            client.onSecretTaken();
        }
    }

    @Override
    public void onFailed(CloseCause ending) {
        if (over) {
            return;
        }
        // Without an old secret that is good enough to ask with there is only one answer.
        if (ending.kind() == Kind.LOGIN_REFUSED) {
            end();
            client.onSecretRefused("NOT_ALLOWED - New secret was refused by one of the backends");
        } else {
            refuse(ending);
        }
    }
}
