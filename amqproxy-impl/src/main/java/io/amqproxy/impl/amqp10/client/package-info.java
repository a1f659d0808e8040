/**
 * The broker's side of AMQP 1.0, towards clients: connections, their sessions, and how the links on them are passed on.
 *
 * <p>Only {@link io.amqproxy.impl.amqp10.Amqp10} makes these connections; net and pools know them by {@code pool.spi}.
 */
@NullMarked
package io.amqproxy.impl.amqp10.client;

import org.jspecify.annotations.NullMarked;
