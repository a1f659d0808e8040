/**
 * What every session is made of, whatever protocol it speaks: {@link io.amqproxy.impl.core.Session} with its link,
 * deadlines and heartbeats, credentials, settings, and the context of the loop that all sessions on it share. Everybody
 * but what reads certificates (tls, pem) may use it.
 *
 * <p>Sessions take octets and give octets; they know no socket, no clock and no thread.
 */
@NullMarked
package io.amqproxy.impl.core;

import org.jspecify.annotations.NullMarked;
