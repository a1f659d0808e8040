/**
 * What is said on connections, decoded from their bytes for whoever looks; nothing of it is there while nobody does. A
 * {@link io.amqproxy.impl.trace.TraceHub} taps all connections of a proxy, a scanner per direction cuts frames out of
 * the bytes, however they are split.
 *
 * <p>Only the root of the implementation names it; net knows who looks by interfaces of its own.
 */
@NullMarked
package io.amqproxy.impl.trace;

import org.jspecify.annotations.NullMarked;
