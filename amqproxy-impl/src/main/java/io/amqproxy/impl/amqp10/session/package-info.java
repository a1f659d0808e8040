/**
 * Sessions of AMQP 1.0 at the broker, each lent to one session of a client, and the links on them. It knows neither how
 * a client nor how the broker is spoken to beyond that: {@link io.amqproxy.impl.amqp10.session.SessionHolder} and
 * {@link io.amqproxy.impl.amqp10.session.Amqp10Connection} are for those who do.
 *
 * <p>The two sides of the protocol, client and upstream, use it, and traces.
 */
@NullMarked
package io.amqproxy.impl.amqp10.session;

import org.jspecify.annotations.NullMarked;
