/**
 * What TLS is made of: settings, the certificates and keys they name, contexts made of those, and when to make them
 * anew. It knows no connection: {@code net} asks it for an engine for each.
 *
 * <p>Only net and the root of the implementation use it.
 */
@NullMarked
package io.amqproxy.impl.tls;

import org.jspecify.annotations.NullMarked;
