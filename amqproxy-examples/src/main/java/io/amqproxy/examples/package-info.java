/**
 * A demonstration, and examples of one idea each: {@link io.amqproxy.examples.EmbeddedInApplication},
 * {@link io.amqproxy.examples.PoolMetrics}, {@link io.amqproxy.examples.MicrometerMetrics},
 * {@link io.amqproxy.examples.FlightRecording}, {@link io.amqproxy.examples.SpringBootExample},
 * {@link io.amqproxy.examples.AmqProxyAutoConfiguration},
 * {@link io.amqproxy.examples.AmqProxyActuatorAutoConfiguration}, {@link io.amqproxy.examples.OwnPolicy}, and among the
 * tests {@code TestBrokerFrontTest}.
 */
@NullMarked
package io.amqproxy.examples;

import org.jspecify.annotations.NullMarked;
