/**
 * The proxy as a program of its own. {@link io.amqproxy.program.Options} is the table of all its settings,
 * {@link io.amqproxy.program.Configuration} finds their values, {@link io.amqproxy.program.Program} runs.
 */
@NullMarked
package io.amqproxy.program;

import org.jspecify.annotations.NullMarked;
