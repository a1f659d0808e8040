/** What one loop knows of AMQP 1.0 and of how its broker speaks it. */
@NullMarked
package io.amqproxy.impl.amqp10.broker;

import org.jspecify.annotations.NullMarked;
