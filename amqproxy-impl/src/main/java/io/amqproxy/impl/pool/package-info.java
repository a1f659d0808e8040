/**
 * Who shares what. {@link io.amqproxy.impl.pool.PoolRegistry} keeps the accounts of one loop, an
 * {@link io.amqproxy.impl.pool.Account} is a user whose log-in the broker accepted, a
 * {@link io.amqproxy.impl.pool.Pool} is that user in one vhost with its {@link io.amqproxy.impl.pool.Upstream}s. No
 * sockets, no clock, no threads.
 */
@NullMarked
package io.amqproxy.impl.pool;

import org.jspecify.annotations.NullMarked;
