/** The client's side of AMQP 0-9-1, towards the broker. */
@NullMarked
package io.amqproxy.impl.amqp091.upstream;

import org.jspecify.annotations.NullMarked;
