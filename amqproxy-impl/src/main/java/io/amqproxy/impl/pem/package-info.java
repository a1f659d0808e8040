/** Reads certificates and private keys from PEM files (RFC 7468) with nothing but the JDK. Only {@code tls} uses it. */
@NullMarked
package io.amqproxy.impl.pem;

import org.jspecify.annotations.NullMarked;
