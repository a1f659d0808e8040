package io.amqproxy;

import java.time.Duration;

/**
 * Figures of one event loop, see {@link AmqProxy.Builder#loops}. While a turn of a loop lasts, none of its other
 * clients is served: long turns are what clients feel as delays, and come of policies that block, of pauses for
 * garbage, and of machines with too much to do.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface LoopStats {

    /** {@return the longest turn of the last one to two minutes} */
    Duration longestTurn();

    /** {@return turns that took more than 10 ms, ever} */
    long slowTurns();
}
