/**
 * What the program and its HTTP endpoints share: {@link io.amqproxy.program.common.StatsSampler} asks for the proxy's
 * figures, {@link io.amqproxy.program.common.Descriptors} for those of the process,
 * {@link io.amqproxy.program.common.JsonText} writes. It knows neither of the two.
 */
@NullMarked
package io.amqproxy.program.common;

import org.jspecify.annotations.NullMarked;
