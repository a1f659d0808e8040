package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Protocol;

/** As whom an {@link Upstream} is logged in: an account, as its connections know it. */
interface Principal extends UpstreamSlots.Allowance {

    Protocol protocol();

    Credentials credentials();

    /** Within how many seconds a broker that hangs is to be noticed, 0 for never. */
    int heartbeat();

    /** The broker has accepted the credentials. */
    void onProved(Upstream upstream, NegotiatedLimits agreed);

    /** The client, when it comes again, gets connections of its own for a while; why, in words for people. */
    void keepApart(InboundSession client, String why);

    /** The broker does not accept the present secret in place of the former one. */
    void onSecretRefused(CloseCause refusal);

    void onEnded(Upstream upstream, CloseCause ending, boolean wasOpen);
}
