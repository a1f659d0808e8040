/**
 * The entry point: the builder, the running proxy, and the delivery of events to listeners. Nobody calls it: the API
 * finds it as a service, by {@link io.amqproxy.spi}. It alone puts protocols, network, faults and traces together.
 */
@NullMarked
package io.amqproxy.impl;

import org.jspecify.annotations.NullMarked;
