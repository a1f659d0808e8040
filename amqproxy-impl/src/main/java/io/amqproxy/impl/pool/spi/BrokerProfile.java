package io.amqproxy.impl.pool.spi;

/** How a broker introduces itself in one protocol, to whoever has not logged in yet. */
public interface BrokerProfile {}
