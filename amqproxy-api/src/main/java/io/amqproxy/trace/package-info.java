/**
 * What clients and the broker say to each other through a running proxy, as events that can be read and waited for;
 * made for tests, and of use when looking into trouble.
 *
 * <pre>{@code
 * try (Recorder recorder = proxy.record()) {
 *     orders.place("one"); // the code under test
 *     recorder.await(TraceMatcher.published("orders").withBody("one"), Duration.ofSeconds(5));
 * }
 * }</pre>
 *
 * <p>Secrets are left out: the answers of a log-in and new secrets are shown as {@code ***}. Bodies and properties of
 * messages are shown, so mind who reads a trace.
 *
 * <p>Of AMQP 0-9-1 all methods, with their arguments by the names of its specification, and messages are shown; of AMQP
 * 1.0 the performatives (OASIS AMQP 1.0, part 2, section 2.7) with their fields, and whole messages as the octets that
 * they are. Nothing here is null unless it is marked {@link org.jspecify.annotations.Nullable}.
 */
@NullMarked
package io.amqproxy.trace;

import org.jspecify.annotations.NullMarked;
