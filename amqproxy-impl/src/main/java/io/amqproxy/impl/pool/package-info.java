/**
 * Who shares what. No sockets, no clock, no threads.
 *
 * <p>{@link io.amqproxy.impl.pool.PoolRegistry} keeps the accounts of one loop, each with its pools
 * ({@link io.amqproxy.impl.pool.AccountPools}). An {@link io.amqproxy.impl.pool.Account} is a user with a secret,
 * proved at the broker or not yet, a {@link io.amqproxy.impl.pool.Pool} is that user in one vhost with its
 * {@link io.amqproxy.impl.pool.Upstream}s. All of them share a {@link io.amqproxy.impl.pool.PoolContext}.
 *
 * <p>Each class knows those below it, and whoever is above it by an interface of its own: an upstream has its account
 * as a {@code Principal} and its pool as a {@code Home}, an account has its {@code Pools}, a pool its
 * {@link io.amqproxy.impl.pool.PoolClients}.
 *
 * <p>Only net and the root of the implementation use it; protocols know the pools by {@code pool.spi}.
 */
@NullMarked
package io.amqproxy.impl.pool;

import org.jspecify.annotations.NullMarked;
