/**
 * A broker for unit tests: enough of AMQP 0-9-1 for publishers and consumers, in memory. What clients say is handled by
 * classes without sockets or threads; {@link io.amqproxy.impl.inmemory.RunningBroker} has these, and one lock for all.
 * Nothing of the proxy uses it: the top starts it for tests of applications.
 */
@NullMarked
package io.amqproxy.impl.inmemory;

import org.jspecify.annotations.NullMarked;
