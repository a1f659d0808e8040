package io.amqproxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyStatsTest {

    private static final PoolStats POOL = new PoolStats("user", "/", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

    @Test
    void changingTheListAfterwardsChangesNothing() {
        List<PoolStats> pools = new ArrayList<>(List.of(POOL));
        ProxyStats stats = statsOf(pools);

        pools.clear();

        assertThat(stats.pools()).containsExactly(POOL);
    }

    @Test
    void theListThatIsHandedOutCannotBeChanged() {
        List<PoolStats> pools = statsOf(new ArrayList<>(List.of(POOL))).pools();

        assertThatThrownBy(pools::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    private static ProxyStats statsOf(List<PoolStats> pools) {
        return new ProxyStats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, pools);
    }
}
