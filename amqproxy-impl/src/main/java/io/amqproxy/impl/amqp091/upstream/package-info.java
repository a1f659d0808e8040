/**
 * The client's side of AMQP 0-9-1, towards the broker. Only {@link io.amqproxy.impl.amqp091.Amqp091} makes these
 * connections; pools know them by {@code pool.spi}.
 */
@NullMarked
package io.amqproxy.impl.amqp091.upstream;

import org.jspecify.annotations.NullMarked;
