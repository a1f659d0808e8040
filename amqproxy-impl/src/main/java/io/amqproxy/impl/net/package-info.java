/**
 * Sockets, selectors, threads and the clock; sessions and pools do not know them. A
 * {@link io.amqproxy.impl.net.EventLoop} is one thread with one selector, a {@link io.amqproxy.impl.net.SocketLink}
 * carries the bytes of one session.
 */
@NullMarked
package io.amqproxy.impl.net;

import org.jspecify.annotations.NullMarked;
