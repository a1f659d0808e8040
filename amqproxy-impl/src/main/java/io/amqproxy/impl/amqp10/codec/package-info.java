/**
 * The octets of AMQP 1.0 (OASIS Standard, parts 1 to 3 and 5): frames, types, performatives and what attaches name,
 * read in place and written. It knows no session, socket, clock or thread. Of messages it knows where their sections
 * begin, and their heads where a broker would close the connection for one.
 *
 * <p>All of the protocol may use it, and traces.
 */
@NullMarked
package io.amqproxy.impl.amqp10.codec;

import org.jspecify.annotations.NullMarked;
