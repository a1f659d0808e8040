package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.PoolPolicy;
import io.amqproxy.impl.inmemory.RunningBroker;
import io.amqproxy.impl.pool.ExclusivePolicy;
import io.amqproxy.impl.pool.MultiplexedPolicy;
import io.amqproxy.impl.pool.SpreadPolicy;
import io.amqproxy.impl.priming.Priming;
import io.amqproxy.spi.AmqProxyProvider;
import io.amqproxy.testing.InMemoryBroker;

/** The service that {@code io.amqproxy} looks for. */
public final class Provider implements AmqProxyProvider {

    /** Called by {@link java.util.ServiceLoader}. */
    public Provider() {}

    @Override
    public AmqProxy.Builder newBuilder() {
        return new ProxyBuilder();
    }

    @Override
    public PoolPolicy multiplexed() {
        return new MultiplexedPolicy();
    }

    @Override
    public PoolPolicy spread() {
        return new SpreadPolicy();
    }

    @Override
    public PoolPolicy exclusive() {
        return new ExclusivePolicy();
    }

    @Override
    public InMemoryBroker startInMemoryBroker() {
        return RunningBroker.start();
    }

    @Override
    public void prime() {
        Priming.begin(ProxyBuilder::forPriming);
        Priming.awaitFirst();
    }
}
