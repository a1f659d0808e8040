package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.impl.amqp091.client.Amqp091Client;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Channels that wait for a place, and what becomes of them. */
class WaitingTest {

    private final Rig.Options options = new Rig.Options();

    /** Clients, one after the other, each of which consumes with a prefetch limit. */
    private static List<TestClient> consumers(Rig rig, int count) {
        List<TestClient> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(rig.open());
        }
        all.forEach(client -> client.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false));
        return all;
    }

    private Rig ofOneChannel() {
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    @Test
    void aBurstOfWaitersOpensNoMoreConnectionsThanHoldThem() {
        options.maxConnections = 64;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        List<TestClient> all = consumers(rig, 30);
        rig.run();

        assertThat(all).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    /** What the broker offers may be less than it was before. */
    @Test
    void whoHasNoRoomOnTheConnectionThatIsOpenedWaitsForAnotherOne() {
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        rig.open();
        rig.broker.channelMax = 2;
        List<TestClient> all = consumers(rig, 5);
        rig.run();

        assertThat(all).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
    }

    @Test
    @SuppressWarnings("NullAway") // A policy of somebody who does not look at annotations.
    void aPolicyThatAnswersNullIsReplacedByTheDefaultAndNobodyWaitsForEver() {
        boolean[] isLost = {false};
        PoolPolicy common = new MultiplexedPolicy();
        options.policy = (request, pool) -> {
            if (request.purpose() == Purpose.GET) {
                return isLost[0] ? null : Placement.await();
            }
            return common.place(request, pool);
        };
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient waiting = rig.open();
        waiting.openChannel(1).get(1, "q", true);
        TestClient other = rig.open();
        other.openChannel(1).publish(1, "q", "m");
        rig.run();
        assertThat(waiting.hears(Method.BASIC_GET_OK)).isFalse();
        isLost[0] = true;
        other.close();
        rig.run();

        assertThat(waiting.bodies()).isEqualTo("m");
    }

    @Test
    void whoIsClosedWaitsNoLonger() {
        Rig rig = ofOneChannel();
        TestClient waits = consumers(rig, 2).get(1);
        rig.run();
        assertThat(rig.pool().waiting()).isEqualTo(1);
        ((Amqp091Client) waits.link().session()).close(CloseCause.byProxy(CloseCause.Kind.FORCED, "for a test"));
        rig.run();

        assertThat(rig.pool().waiting()).isZero();
    }

    @Test
    void norForAConnectionThatIsBeingOpened() {
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        consumers(rig, 1);
        rig.run();
        rig.mute.add("broker:5672");
        TestClient waits = consumers(rig, 1).get(0);
        rig.run();
        assertThat(rig.pool().waiting()).isEqualTo(1);
        ((Amqp091Client) waits.link().session()).close(CloseCause.byProxy(CloseCause.Kind.FORCED, "for a test"));
        rig.run();

        assertThat(rig.pool().opening()).isEqualTo(1);
        assertThat(rig.pool().waiting()).isZero();
    }

    @Test
    void whoWaitsGetsAPlaceAtOnceWhereConnectionsAreReplaced() {
        Rig rig = ofOneChannel();
        TestClient waits = consumers(rig, 2).get(1);
        rig.run();
        assertThat(waits.hears(Method.BASIC_CONSUME_OK)).isFalse();
        rig.registry.drain("guest", "/");
        rig.run();

        assertThat(waits.hears(Method.BASIC_CONSUME_OK)).isTrue();
    }

    @Test
    void whoWaitsGetsTheConnectionOfAClientThatLeavesThoughThatHadNoChannelLeft() {
        options.policy = new ExclusivePolicy();
        options.maxConnections = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient owner = rig.open();
        owner.openChannel(1).publish(1, "q", "first").closeChannel(1);
        rig.run();
        rig.open().openChannel(1).publish(1, "q", "second");
        rig.run();
        assertThat(rig.broker.bodies()).containsExactly("first");
        owner.close();
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
    }

    @Test
    void whoHasWaitedForTooLongIsToldWhatFailedLast() {
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        consumers(rig, 1);
        rig.run();
        rig.failsLogins = true;
        TestClient waits = consumers(rig, 1).get(0);
        rig.pass(Duration.ofMinutes(1));

        assertThat(waits.closeHeard(0).text())
                .contains("no channel was free in time")
                .contains("last failure");
    }

    /** How often the policy is asked as a place becomes free for which so many wait. */
    private static int questions(int waiting) {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        int[] asked = new int[1];
        PoolPolicy common = new MultiplexedPolicy();
        options.policy = (request, pool) -> {
            asked[0]++;
            return common.place(request, pool);
        };
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient first = consumers(rig, 1).get(0);
        rig.run();
        List<TestClient> others = consumers(rig, waiting);
        rig.run();
        asked[0] = 0;
        first.close();
        rig.run();

        assertThat(others).filteredOn(one -> one.hears(Method.BASIC_CONSUME_OK)).hasSize(1);
        return asked[0];
    }

    @Test
    void aPlaceThatBecomesFreeCostsTheSameHoweverManyWaitForIt() {
        assertThat(questions(400)).isEqualTo(questions(40));
    }

    @Test
    void theOrderIsKeptByThoseWhosePlaceWasLost() {
        options.maxConnections = 2;
        options.maxChannelsPerConnection = 2;
        options.acquireTimeout = Duration.ofSeconds(60);
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        rig.open();
        rig.reachable = false;
        List<TestClient> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            TestClient client = rig.open();
            client.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
            rig.run();
            rig.loop.now++;
            all.add(client);
        }
        rig.reachable = true;
        rig.pass(Duration.ofSeconds(10));

        assertThat(all.stream().map(client -> client.hears(Method.BASIC_CONSUME_OK)))
                .containsExactly(true, true, true, true, false, false);
    }
}
