/** The entry point: the builder, the running proxy, and the delivery of events to listeners. */
@NullMarked
package io.amqproxy.impl;

import org.jspecify.annotations.NullMarked;
