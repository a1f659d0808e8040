/**
 * Bytes and frames of AMQP 0-9-1: the method table, checks of form, frames that the proxy writes itself, and queues of
 * bytes. Nothing here knows a socket, a clock or a thread.
 */
@NullMarked
package io.amqproxy.impl.buffer;

import org.jspecify.annotations.NullMarked;
