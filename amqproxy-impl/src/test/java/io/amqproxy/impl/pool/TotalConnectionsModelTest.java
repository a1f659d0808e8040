package io.amqproxy.impl.pool;

import org.junit.jupiter.api.Test;

/** A schedule that fails says its seed, which replays it; {@code -Dseeds=1000000} and {@code -Dseeds.from=} by hand. */
class TotalConnectionsModelTest {

    private static final int SEEDS = Integer.getInteger("seeds", 40);
    private static final long FROM = Long.getLong("seeds.from", 1);

    @Test
    void everybodyIsServedWithinTheLimitInAnySchedule() {
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            try {
                new TotalConnectionsModel(seed).run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }
}
