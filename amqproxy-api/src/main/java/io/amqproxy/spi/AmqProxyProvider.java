package io.amqproxy.spi;

import io.amqproxy.AmqProxy;
import io.amqproxy.PoolPolicy;
import io.amqproxy.testing.InMemoryBroker;

/**
 * An implementation of the proxy, found with {@link java.util.ServiceLoader}. Applications never call it: they use
 * {@link AmqProxy#builder()} and the factories of {@link PoolPolicy}.
 */
public interface AmqProxyProvider {

    /** {@return a builder with every setting at its default} */
    AmqProxy.Builder newBuilder();

    /** {@return the policy described at {@link PoolPolicy#multiplexed()}} */
    PoolPolicy multiplexed();

    /** {@return the policy described at {@link PoolPolicy#spread()}} */
    PoolPolicy spread();

    /** {@return the policy described at {@link PoolPolicy#exclusive()}} */
    PoolPolicy exclusive();

    /** {@return a running broker, as described at {@link InMemoryBroker#start()}} */
    InMemoryBroker startInMemoryBroker();

    /** Does what {@link AmqProxy#prime()} says. */
    void prime();
}
