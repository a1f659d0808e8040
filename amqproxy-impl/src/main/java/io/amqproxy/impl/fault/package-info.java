/**
 * Faults on purpose: which of them last, and whom they are for. The network asks, and makes them happen. Only the root
 * of the implementation names it; net knows what it asks by interfaces of its own.
 */
@NullMarked
package io.amqproxy.impl.fault;

import org.jspecify.annotations.NullMarked;
