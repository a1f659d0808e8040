/**
 * Compares what clients see through the proxy with what they see of a broker itself: {@code Scenario}s are played both
 * ways by a {@code Comparison}, and their transcripts have to be equal but for the {@code KnownDifferences}. In some a
 * {@code Peer} says and hears frames, in others a client library is used, in this JVM or by a script.
 */
@NullMarked
package io.amqproxy.impl.fidelity;

import org.jspecify.annotations.NullMarked;
