/**
 * The program, a demonstration, and examples of one idea each: {@link io.amqproxy.examples.EmbeddedInApplication},
 * {@link io.amqproxy.examples.PoolMetrics}, {@link io.amqproxy.examples.OwnPolicy}, and among the tests
 * {@code TestBrokerFrontTest}.
 */
@NullMarked
package io.amqproxy.examples;

import org.jspecify.annotations.NullMarked;
