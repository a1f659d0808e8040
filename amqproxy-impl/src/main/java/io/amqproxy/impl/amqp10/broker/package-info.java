/** What one loop knows of AMQP 1.0 and of how its broker speaks it. All of the protocol but the codec may use it. */
@NullMarked
package io.amqproxy.impl.amqp10.broker;

import org.jspecify.annotations.NullMarked;
