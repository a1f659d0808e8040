package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.pool.PoolModel.Wrong;
import org.junit.jupiter.api.Test;

/** Random schedules of clients of AMQP 1.0; {@code -Dseeds10=100000 -Dseeds10.from=1} has more of them, by hand. */
class PoolModel10Test {

    private static final long FROM = Long.getLong("seeds10.from", 1);
    private static final long COUNT = Long.getLong("seeds10", 60);

    @Test
    void nobodyNoticesAnybodyElse() {
        for (long seed = FROM; seed < FROM + COUNT; seed++) {
            new PoolModel10(seed).run();
        }
    }

    @Test
    void norThatThereAreNextToNoConnectionsAndSessions() {
        for (long seed = FROM; seed < FROM + COUNT; seed++) {
            PoolModel10.ofSmallMaxima(seed).run();
        }
    }

    @Test
    void norWhatGoesWrongForOthersOnPurpose() {
        int endedAtBroker = 0;
        for (long seed = FROM; seed < FROM + COUNT; seed++) {
            PoolModel10 model = new PoolModel10(seed, Wrong.WORDS);
            model.run();
            endedAtBroker += model.endedAtBroker();
        }
        assertThat(endedAtBroker).isPositive();
    }

    @Test
    void norThatTheNetworkGoesWrongOnPurpose() {
        for (long seed = FROM; seed < FROM + COUNT; seed++) {
            new PoolModel10(seed, Wrong.OCTETS).run();
        }
    }
}
