/**
 * Channels to the broker, each lent to one channel of a client, and what is known of their state there. It knows
 * neither how a client nor how the broker is spoken to beyond that:
 * {@link io.amqproxy.impl.amqp091.channel.ChannelHolder} and {@link io.amqproxy.impl.amqp091.channel.Amqp091Connection}
 * are for those who do.
 *
 * <p>The two sides of the protocol, client and upstream, use it.
 */
@NullMarked
package io.amqproxy.impl.amqp091.channel;

import org.jspecify.annotations.NullMarked;
