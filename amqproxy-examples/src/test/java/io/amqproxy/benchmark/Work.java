package io.amqproxy.benchmark;

import java.io.IOException;

/** Something to measure, which can be done in any amount and through any target. */
interface Work {

    /** What the table calls it. */
    String name();

    /** How much is done at least between two looks at the clock. */
    default long step() {
        return 1;
    }

    /** Whether a broker can do it that has real queues. */
    default boolean isForAnyBroker() {
        return true;
    }

    /** Prepares it: what happens here is not measured. */
    Session open(MeasuredServer target, LoginScript login) throws IOException;

    /** The work, prepared for one target. */
    interface Session extends AutoCloseable {
        /** Does so much of it, and returns when all has arrived, or is bound to. */
        Latencies run(long count) throws IOException;

        /** How many messages the broker should have counted meanwhile. */
        default long published(long count) {
            return 0;
        }

        /** Ends it, from any thread; a {@link #run} under way fails. */
        @Override
        void close();
    }
}
