/** What an implementation of the proxy provides; applications do not need it. */
@NullMarked
package io.amqproxy.spi;

import org.jspecify.annotations.NullMarked;
