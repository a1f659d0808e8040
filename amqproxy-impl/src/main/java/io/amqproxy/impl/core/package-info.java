/**
 * The two protocol state machines: {@link io.amqproxy.impl.X.ClientSession} is the broker's side towards a client,
 * {@link io.amqproxy.impl.X.UpstreamSession} the client's side towards the broker. A lease binds a
 * {@link io.amqproxy.impl.X.ClientChannel} to an {@link io.amqproxy.impl.session.UpstreamChannel}, and frames go from
 * one to the other without further stations.
 *
 * <p>Sessions take bytes and give bytes; they know no socket, no clock and no thread. All sessions that can reach each
 * other belong to one loop and share its {@link io.amqproxy.impl.X.LoopContext}.
 */
@NullMarked
package io.amqproxy.impl.core;

import org.jspecify.annotations.NullMarked;
