/** Faults on purpose: which of them last, and whom they are for. The network asks, and makes them happen. */
@NullMarked
package io.amqproxy.impl.fault;

import org.jspecify.annotations.NullMarked;
