package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.ConnectionBudget.Need;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How many connections a pool may have: its own limit, the broker's, and what other pools leave. */
class PoolCapacityTest {

    private static final int MOST = 4;

    private final LoopContext loop = new LoopContext(settings(), new ProxyListener() {});
    private final List<Connection> all = new ArrayList<>();
    private ConnectionBudget budget = new ConnectionBudget(0);
    private PoolCapacity capacity = capacity();

    private static Settings settings() {
        Settings.Draft draft = new Settings.Draft(new MultiplexedPolicy());
        draft.maxConnections = MOST;
        draft.minConnections = 2;
        return draft.build(1);
    }

    private ConnectionClaim claim() {
        return new ConnectionClaim(budget, loop, true, () -> {});
    }

    private PoolCapacity capacity() {
        return new PoolCapacity(loop, claim(), all);
    }

    private static final class Connection implements PoolCapacity.Connection {
        private boolean retired;
        private long owner;
        private boolean atBroker = true;
        private long begunAfter;

        @Override
        public boolean isRetired() {
            return retired;
        }

        @Override
        public long owner() {
            return owner;
        }

        @Override
        public boolean isAtBroker() {
            return atBroker;
        }

        @Override
        public long begunAfter() {
            return begunAfter;
        }

        @Override
        public ConnectionPermit permit() {
            throw new UnsupportedOperationException("nothing is paid here");
        }
    }

    private Connection open() {
        Connection opened = new Connection();
        all.add(opened);
        capacity.onOpened();
        return opened;
    }

    private void open(int count) {
        for (int i = 0; i < count; i++) {
            open();
        }
    }

    private void end(Connection ended) {
        all.remove(ended);
        capacity.onEnded();
    }

    @Test
    void aFullPoolMayHaveOneMoreForWhatMayCostItsConnection() {
        open(MOST);
        assertThat(capacity.mayOpen(0)).isFalse();
        assertThat(capacity.mayOpen(1)).isTrue();
        assertThat(capacity.roomFor(Purpose.UNCERTAIN)).isEqualTo(1);
        assertThat(capacity.roomFor(Purpose.CONSUME)).isZero();
        open();
        assertThat(capacity.mayOpen(1)).isFalse();
    }

    @Test
    void thoseThatAreBeingReplacedAreNotInTheWayUpToTwiceAsMany() {
        open(MOST);
        all.forEach(one -> one.retired = true);
        assertThat(capacity.room(0)).isEqualTo(MOST);
        assertThat(capacity.serving()).isZero();
        assertThat(capacity.mayRetire()).as("clients have yet to let go").isFalse();
        open(MOST);
        assertThat(capacity.room(0)).isZero();
        all.get(MOST).retired = true;
        assertThat(capacity.room(0)).as("there are twice as many as may serve").isZero();
    }

    @Test
    void theFewestAreCountedWithoutThoseOfOneClient() {
        open().owner = 7;
        assertThat(capacity.missing()).isEqualTo(2);
        open();
        assertThat(capacity.missing()).isEqualTo(1);
        assertThat(capacity.isAboveMinimum()).isFalse();
        open();
        assertThat(capacity.missing()).isZero();
        assertThat(capacity.isAboveMinimum()).isFalse();
        open();
        assertThat(capacity.isAboveMinimum()).isTrue();
        all.get(2).retired = true;
        assertThat(capacity.isAboveMinimum())
                .as("one of them takes nobody any more")
                .isFalse();
    }

    @Test
    void theFirstThatManyShareIsNeededMoreThanOthers() {
        assertThat(capacity.need()).isEqualTo(Need.FIRST);
        Connection own = open();
        own.owner = 7;
        assertThat(capacity.need())
                .as("beside the only one, which is one client's")
                .isEqualTo(Need.FIRST);
        open().owner = 8;
        assertThat(capacity.need()).isEqualTo(Need.MORE);
        all.clear();
        open().retired = true;
        assertThat(capacity.need()).as("there is none that serves").isEqualTo(Need.FIRST);
        open();
        assertThat(capacity.need()).isEqualTo(Need.MORE);
    }

    @Test
    void whatTheBrokerLetsItHaveIsLearntAndTriedAgainLater() {
        open(2);
        Connection refused = new Connection();
        refused.atBroker = false;
        assertThat(capacity.isAtCeiling()).isFalse();
        assertThat(capacity.isFree()).isTrue();
        capacity.onLimit(refused);
        assertThat(capacity.knowsCeiling()).isTrue();
        assertThat(capacity.room(0)).isZero();
        assertThat(capacity.isAtCeiling()).isTrue();
        assertThat(capacity.isEnough()).isTrue();
        assertThat(capacity.isFree()).isFalse();
        loop.now += Duration.ofSeconds(1).toNanos();
        assertThat(capacity.room(0)).isEqualTo(1);
        open();
        assertThat(capacity.knowsCeiling()).as("it lets it have more now").isFalse();
        assertThat(capacity.room(0)).isEqualTo(1);
    }

    @Test
    void thoseThatEndedWhileTheBrokerRefusedOneAreCountedAsItMayHaveDone() {
        open(4);
        end(all.get(0)); // Before that.
        Connection refused = new Connection();
        refused.atBroker = false;
        refused.begunAfter = capacity.ended();
        end(all.get(0));
        capacity.onLimit(refused);
        assertThat(capacity.room(0)).as("three were there when it was refused").isEqualTo(1);
    }

    @Test
    void aFrozenPoolHasThoseThatItHas() {
        open();
        capacity.freeze();
        assertThat(capacity.room(1)).isZero();
        assertThat(capacity.isAtCeiling()).isTrue();
        assertThat(capacity.isEnough()).isFalse();
        capacity.thaw();
        assertThat(capacity.room(0)).isEqualTo(MOST - 1);
    }

    @Test
    void whatOtherPoolsHaveIsNotThere() {
        budget = new ConnectionBudget(3);
        capacity = capacity();
        assertThat(capacity.room(0)).as("one is for log-ins").isEqualTo(2);
        ConnectionClaim other = claim();
        ConnectionPermit first = Objects.requireNonNull(ConnectionPermit.take(other, Need.FIRST));
        Objects.requireNonNull(ConnectionPermit.take(other, Need.FIRST));
        assertThat(capacity.room(0)).isZero();
        assertThat(capacity.ownRoom(0)).isEqualTo(MOST);
        assertThat(capacity.isShort()).isTrue();
        assertThat(capacity.take()).isNull();
        first.release();
        assertThat(capacity.isShort()).isFalse();
        assertThat(capacity.take()).isNotNull();
    }
}
