/** Octets that wait, and those of one read buffer that go the same way. Everybody but tls and pem may use it. */
@NullMarked
package io.amqproxy.impl.buffer;

import org.jspecify.annotations.NullMarked;
