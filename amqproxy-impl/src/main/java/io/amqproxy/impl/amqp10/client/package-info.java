/**
 * The broker's side of AMQP 1.0, towards clients: connections, their sessions, and how the links on them are passed on.
 */
@NullMarked
package io.amqproxy.impl.amqp10.client;

import org.jspecify.annotations.NullMarked;
