/**
 * The broker's side of AMQP 0-9-1, towards clients: connections, their channels, and how what they send is checked and
 * passed on.
 */
@NullMarked
package io.amqproxy.impl.amqp091.client;

import org.jspecify.annotations.NullMarked;
