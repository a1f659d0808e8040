/**
 * The octets of AMQP 1.0 (OASIS Standard, parts 1 and 2): frames, types and performatives, read in place and written.
 * It knows no session, socket, clock or thread. Messages are opaque here: where their sections begin is all that is
 * known of them.
 */
@NullMarked
package io.amqproxy.impl.amqp10.codec;

import org.jspecify.annotations.NullMarked;
