/**
 * Sockets, selectors, threads and the clock; sessions and pools do not know them. A
 * {@link io.amqproxy.impl.net.EventLoop} is one thread with one selector, a {@link io.amqproxy.impl.net.SocketLink}
 * carries the bytes of one session.
 *
 * <p>The root of the implementation sets it up, and faults and traces take part in it. Nobody else knows it: sessions
 * and pools have interfaces of their own for what they need.
 */
@NullMarked
package io.amqproxy.impl.net;

import org.jspecify.annotations.NullMarked;
