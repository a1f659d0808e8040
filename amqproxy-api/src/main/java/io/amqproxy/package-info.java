/**
 * A proxy for AMQP 0-9-1 and AMQP 1.0 that runs inside any JVM. {@link io.amqproxy.AmqProxy} starts one,
 * {@link io.amqproxy.ProxyListener} watches it, {@link io.amqproxy.PoolPolicy} decides who shares which connection to
 * the broker.
 *
 * <h2>Threads</h2>
 *
 * <ol>
 *   <li>{@link io.amqproxy.AmqProxy} and its builder's {@code start} may be called from any thread; a builder itself
 *       belongs to the thread that uses it.
 *   <li>Listeners of one proxy are called by one thread of that proxy, one event at a time, in the order in which the
 *       events of one client or one upstream happened. They may block: the proxy goes on, and drops events (it logs and
 *       counts them) once a bounded queue is full.
 *   <li>A {@link io.amqproxy.PoolPolicy} is called on the proxy's own selector threads and must not block. With several
 *       loops it may be called by several threads at once, never at once for the same pool.
 *   <li>What a listener or policy throws is logged as a warning and changes nothing else.
 *   <li>A thread of the proxy that asks for its end ({@link io.amqproxy.AmqProxy#drain}) does not wait for it.
 * </ol>
 *
 * <h2>What may grow</h2>
 *
 * <p>Later versions add methods to {@link io.amqproxy.ProxyListener}, which do nothing by default, to the interfaces
 * that only the proxy implements ({@link io.amqproxy.AmqProxy}, its builder and what belongs to that, the views that
 * policies are given, and figures), to infos that listeners are given, and constants to enums: a {@code switch} over
 * one needs a {@code default}. {@link io.amqproxy.PoolPolicy}, {@link io.amqproxy.EndpointChoice},
 * {@link io.amqproxy.CredentialMapper} and {@link io.amqproxy.ExternalLogin} stay functional interfaces.
 *
 * <p>Nothing here is null unless it is marked {@link org.jspecify.annotations.Nullable}.
 */
@NullMarked
package io.amqproxy;

import org.jspecify.annotations.NullMarked;
