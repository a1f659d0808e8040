/**
 * Faults on purpose, for tests: what goes wrong between an application and its broker is made to happen in the running
 * proxy, just so and just then.
 *
 * <pre>{@code
 * try (Fault lost = proxy.faults().loseConfirms(FaultScope.all().nth(1))) {
 *     orders.place("one"); // the code under test
 *     assert lost.count() == 1;
 * }
 * }</pre>
 *
 * <p>What a fault keeps from a client, or tells it, the proxy knows of: a confirm that is lost has come as far as the
 * proxy. When a fault is revoked, what it held goes on. Nothing here is null unless it is marked
 * {@link org.jspecify.annotations.Nullable}.
 */
@NullMarked
package io.amqproxy.faults;

import org.jspecify.annotations.NullMarked;
