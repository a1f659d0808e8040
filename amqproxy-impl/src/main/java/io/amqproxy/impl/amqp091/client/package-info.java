/**
 * The broker's side of AMQP 0-9-1, towards clients: connections, their channels, and how what they send is checked and
 * passed on.
 *
 * <p>Only {@link io.amqproxy.impl.amqp091.Amqp091} makes these connections; net and pools know them by
 * {@code pool.spi}.
 */
@NullMarked
package io.amqproxy.impl.amqp091.client;

import org.jspecify.annotations.NullMarked;
