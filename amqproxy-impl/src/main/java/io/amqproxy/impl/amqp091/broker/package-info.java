/**
 * What one loop knows of the broker as far as AMQP 0-9-1 goes, and what all sessions of the protocol on it share. All
 * of the protocol but the codec may use it.
 */
@NullMarked
package io.amqproxy.impl.amqp091.broker;

import org.jspecify.annotations.NullMarked;
