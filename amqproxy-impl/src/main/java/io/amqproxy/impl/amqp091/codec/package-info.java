/**
 * The octets of AMQP 0-9-1: frames, methods, field tables, and what RabbitMQ says to who breaks the protocol. All of
 * the protocol may use it, and who looks at frames: fault, trace, inmemory and priming.
 */
@NullMarked
package io.amqproxy.impl.amqp091.codec;

import org.jspecify.annotations.NullMarked;
