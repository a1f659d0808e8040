/**
 * The proxy's connections to a broker that speaks AMQP 1.0: the client's side of the protocol. Only
 * {@link io.amqproxy.impl.amqp10.Amqp10} makes these connections; pools know them by {@code pool.spi}.
 */
@NullMarked
package io.amqproxy.impl.amqp10.upstream;

import org.jspecify.annotations.NullMarked;
