package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.pool.PoolModel.Wrong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever clients do in whatever order, and whatever becomes of brokers and links meanwhile, nobody hears what another
 * caused, nobody is left waiting, nothing that was confirmed is missing, and nothing is left behind. A schedule that
 * fails says its seed, which replays it exactly. By hand it runs with more of them: {@code -Dseeds=1000000}, and
 * {@code -Dseeds.from=} for others.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS) // By hand they run for hours.
class PoolModelTest {

    private static final int SEEDS = Integer.getInteger("seeds", 8_000);
    private static final int FEW = Math.min(1_000, SEEDS);
    /** Their messages are large. */
    private static final int SLOW = Math.max(20, SEEDS / 400);

    private static final long FROM = Long.getLong("seeds.from", 1);

    @Test
    void nobodyHearsWhatAnotherCausedInAnySchedule() {
        runAll(FROM, FROM + FEW);
    }

    @Test
    void norWhereThingsGoWrongForSomeOnPurpose() {
        for (long seed = FROM; seed < FROM + FEW / 2; seed++) {
            run(seed, Wrong.WORDS);
        }
    }

    @Test
    void norWhereTheNetworkGoesWrongOnPurpose() {
        for (long seed = FROM; seed < FROM + FEW / 4; seed++) {
            run(seed, Wrong.OCTETS);
        }
    }

    @Test
    void norWhereThereAreNextToNoConnectionsAndChannels() {
        for (long seed = FROM; seed < FROM + FEW / 2; seed++) {
            run(seed, PoolModel.ofSmallMaxima(seed));
        }
    }

    /** What slow readers have no room for goes back to its queue, and comes again. */
    @Test
    void norWhereSomeReadSlowlyBesideOthers() {
        long givenBack = 0;
        int gaps = 0;
        int lost = 0;
        for (long seed = FROM; seed < FROM + SLOW; seed++) {
            PoolModel model = PoolModel.ofSlowReaders(seed);
            run(seed, model);
            givenBack += model.givenBack();
            gaps += model.gaps();
            lost += model.lostInTheMiddle();
        }
        assertThat(givenBack).as("messages that went back").isGreaterThan(SLOW);
        assertThat(gaps).as("delivery tags that were left out").isPositive();
        assertThat(lost).as("connections that were lost meanwhile").isPositive();
    }

    @Test
    @Tag("long")
    void norInAnyOfManyMore() {
        runAll(FROM + FEW, FROM + SEEDS);
    }

    private static void runAll(long from, long to) {
        for (long seed = from; seed < to; seed++) {
            run(seed);
        }
    }

    /** A seed is kept as long as it stands for the schedule that failed: until the model does other things. */
    @ParameterizedTest
    @ValueSource(longs = {36, 52, 108, 910, 117_206})
    void aScheduleThatOnceFailedSucceeds(long seed) {
        run(seed);
    }

    private static void run(long seed) {
        run(seed, Wrong.NOTHING);
    }

    private static void run(long seed, Wrong wrong) {
        run(seed, new PoolModel(seed, wrong));
    }

    private static void run(long seed, PoolModel model) {
        try {
            model.run();
        } catch (Exception | AssertionError failure) {
            throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
        }
    }
}
