package io.amqproxy.impl.pool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever clients do in whatever order, nobody hears what another caused and nothing is left behind. */
class PoolModelTest {

    private static final int SEEDS = Integer.getInteger("seeds", 2_000);

    @Test
    void nobodyHearsWhatAnotherCausedInAnySchedule() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            run(seed);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {109, 3764})
    void aScheduleThatOnceFailedSucceeds(long seed) {
        run(seed);
    }

    private static void run(long seed) {
        try {
            new PoolModel(seed).run();
        } catch (Exception | AssertionError failure) {
            throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
        }
    }
}
