/**
 * Measures the proxy as a process of its own, side by side with a direct connection and with HAProxy.
 *
 * <pre>
 *   load generator (this JVM) ------------------------&gt; null broker (a JVM of its own)
 *   load generator ------------&gt; HAProxy -------------&gt; null broker
 *   load generator ------------&gt; AmqProxy ------------&gt; null broker
 * </pre>
 *
 * <p>{@link io.amqproxy.benchmark.Benchmark} is the program. BENCHMARK.md says what is measured, and how.
 */
@NullMarked
package io.amqproxy.benchmark;

import org.jspecify.annotations.NullMarked;
