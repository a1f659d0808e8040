/**
 * What bounds clients: networks and names that are allowed or denied, rates, and the settings of all limits. Nothing
 * here knows a protocol, a socket, a thread or the clock; time is handed in.
 *
 * <p>Everybody may use it but codecs, buffers and pem.
 */
@NullMarked
package io.amqproxy.impl.limit;

import org.jspecify.annotations.NullMarked;
