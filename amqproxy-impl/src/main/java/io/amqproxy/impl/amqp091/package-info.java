/** AMQP 0-9-1 for pools and acceptors; only the root names it. */
@NullMarked
package io.amqproxy.impl.amqp091;

import org.jspecify.annotations.NullMarked;
