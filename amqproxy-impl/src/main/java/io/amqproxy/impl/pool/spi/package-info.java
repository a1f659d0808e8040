/**
 * What pools and acceptors ask of a protocol, and protocols of pools: a {@link io.amqproxy.impl.pool.spi.Protocol}
 * makes sessions, an {@link io.amqproxy.impl.pool.spi.UpstreamConnection} has {@link io.amqproxy.impl.pool.spi.Slot
 * slots}, which a {@link io.amqproxy.impl.pool.spi.LeaseHolder} of a client gets by way of the
 * {@link io.amqproxy.impl.pool.spi.PoolGateway}. Protocols implement sessions, slots and holders; pools implement
 * {@link io.amqproxy.impl.pool.spi.UpstreamOwner} and, with net, the gateway. Detection, faults and traces use it too.
 */
@NullMarked
package io.amqproxy.impl.pool.spi;

import org.jspecify.annotations.NullMarked;
