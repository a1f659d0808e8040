/**
 * Makes a JVM fast before the first client comes: a proxy of its own serves a scripted client in front of a scripted
 * broker, so that classes are loaded and the hottest methods compiled. Only the top of the implementation calls it.
 */
@NullMarked
package io.amqproxy.impl.priming;

import org.jspecify.annotations.NullMarked;
