/**
 * Test fixtures: real brokers (one in-process, one a private RabbitMQ node), a slow network link and real clients of
 * other languages.
 *
 * <p>Everything here binds to the loopback interface and to free ports, and everything that was started is stopped
 * again: by {@code close()}, or when the test JVM ends.
 */
@NullMarked
package io.amqproxy.testkit;

import org.jspecify.annotations.NullMarked;
