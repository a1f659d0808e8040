/** Examples of tests with the proxy in front of their broker: what to copy, and five worries of real applications. */
@NullMarked
package io.amqproxy.examples.testing;

import org.jspecify.annotations.NullMarked;
