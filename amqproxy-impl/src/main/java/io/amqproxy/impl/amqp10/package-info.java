/** AMQP 1.0 for pools and acceptors; only the root names it. */
@NullMarked
package io.amqproxy.impl.amqp10;

import org.jspecify.annotations.NullMarked;
