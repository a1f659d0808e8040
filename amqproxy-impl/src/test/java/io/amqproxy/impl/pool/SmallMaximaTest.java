package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Placement;
import io.amqproxy.PoolPolicy;
import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools with next to no connections and channels: who has a channel of the broker does all there. */
class SmallMaximaTest {

    /** What a client may do on a channel that it has, by the answer that it gets then. */
    private enum Use {
        UNLIMITED(Method.BASIC_CONSUME_OK, (client, name) -> client.consume(1, "q", name, false)),
        CARELESS(Method.BASIC_CONSUME_OK, (client, name) -> client.consume(1, "q", name, true)),
        LIMITED(
                Method.BASIC_CONSUME_OK,
                (client, name) -> client.qos(1, 1, false).consume(1, "q", name, false)),
        EXCLUSIVE(
                Method.BASIC_CONSUME_OK,
                (client, name) -> client.declare(1, name, true).consume(1, name, name, false)),
        UNCERTAIN(Method.EXCHANGE_DECLARE_OK, (client, name) -> client.declareExchange(1, name, name)),
        GET(Method.BASIC_GET_EMPTY, (client, name) -> client.get(1, "q", true)),
        CONFIRMED(
                Method.BASIC_ACK,
                (client, name) -> client.select(1).publish(1, "nowhere", "m").publish(1, "nowhere", "m")),
        TRANSACTION(
                Method.TX_COMMIT_OK,
                (client, name) -> client.write(1, Method.TX_SELECT).write(1, Method.TX_COMMIT));

        final Method answer;

        @SuppressWarnings("ImmutableEnumChecker") // What it does has no state.
        final BiConsumer<TestClient, String> what;

        Use(Method answer, BiConsumer<TestClient, String> what) {
            this.answer = answer;
            this.what = what;
        }
    }

    /** Without a pool that is as large as its clients wish. */
    private static Rig rig(int connections, int channels, PoolPolicy policy) {
        Rig.Options options = new Rig.Options();
        options.maxConnections = connections;
        options.maxChannelsPerConnection = channels;
        options.policy = policy;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        for (int i = 0; i < 8; i++) {
            rig.broker.exchangeTypes.add("c" + i);
        }
        return rig;
    }

    @Test
    void whoHasTheLastChannelOfTheOnlyConnectionConsumesThere() {
        Rig rig = rig(1, 2, new MultiplexedPolicy());
        TestClient first = rig.open();
        first.openChannel(1).consume(1, "q", "one", false);
        rig.run();
        TestClient second = rig.open();
        second.openChannel(1).declare(1, "other", false);
        rig.run();
        second.consume(1, "other", "two", false);
        rig.run();

        assertThat(second.hears(Method.BASIC_CONSUME_OK)).isTrue();
    }

    static Stream<Supplier<PoolPolicy>> policies() {
        return Stream.of(MultiplexedPolicy::new, SpreadPolicy::new, ExclusivePolicy::new);
    }

    /** In each order, so that of any two one is there before the other one. */
    @ParameterizedTest
    @MethodSource("policies")
    void nobodyWaitsForABetterChannelThatNobodyGivesBack(Supplier<PoolPolicy> policy) {
        for (int connections = 1; connections <= 2; connections++) {
            for (int channels = 1; channels <= 3; channels++) {
                for (Use first : Use.values()) {
                    for (Use second : Use.values()) {
                        check(rig(connections, channels, policy.get()), List.of(first, second));
                    }
                }
            }
        }
    }

    /** Clients that have a channel each, as many as there are, use it in turn. */
    private static void check(Rig rig, List<Use> uses) {
        Map<TestClient, Use> placed = new HashMap<>();
        List<TestClient> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            TestClient client = rig.open();
            all.add(client);
            client.openChannel(1).declare(1, "of " + i, false);
            rig.run();
            if (client.hears(Method.QUEUE_DECLARE_OK)) {
                Use use = uses.get(i % uses.size());
                placed.put(client, use);
                use.what.accept(client, "c" + i);
                if (i % 3 == 0) { // The others ask at a time.
                    rig.run();
                }
            }
        }
        rig.run();
        assertThat(placed).isNotEmpty();
        placed.forEach((client, use) -> assertThat(client.hears(use.answer))
                .as("client %d of %s: %s", all.indexOf(client), uses, rig.pool())
                .isTrue());
    }

    /** What is uncertain is not worth a wait for somebody who stays. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whatMayCostAConnectionIsDoneWithOthersWhereNoMoreMayBeOpened(int connections) {
        Rig rig = rig(connections, 100, new MultiplexedPolicy());
        List<TestClient> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            TestClient client = rig.open();
            client.openChannel(1).declareExchange(1, "exchange", "c" + i);
            rig.run();
            all.add(client);
        }

        assertThat(all).allMatch(client -> client.hears(Method.EXCHANGE_DECLARE_OK));
        assertThat(rig.broker.openConnections()).isEqualTo(connections + 1);
    }

    /** Who is with others when it does something uncertain takes nothing away from those who come. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDoneWithOthersLeavesThemAllChannelsThatThereAre(boolean staysWhereItIs) {
        Rig rig = rig(2, 3, new MultiplexedPolicy());
        TestClient publisher = rig.open();
        publisher.openChannel(1).publish(1, "q", "m");
        TestClient consumer = rig.open();
        consumer.openChannel(1).qos(1, 1, false).consume(1, "q", "tag", false);
        rig.run();
        TestClient alone = rig.open();
        alone.openChannel(1).declareExchange(1, "exchange", "c0");
        rig.run();
        TestClient withOthers = rig.open();
        withOthers.openChannel(1);
        if (staysWhereItIs) {
            withOthers.select(1).publish(1, "q", "m");
            rig.run();
        }
        withOthers.declareExchange(1, "exchange", "c1");
        rig.run();
        assertThat(withOthers.hears(Method.EXCHANGE_DECLARE_OK)).isTrue();

        List<TestClient> others = List.of(rig.open(), rig.open(), rig.open());
        others.forEach(client -> client.openChannel(1).declare(1, "other", false));
        rig.run();

        assertThat(others).allMatch(client -> client.hears(Method.QUEUE_DECLARE_OK));
    }

    /** A policy may let clients wait; those that have a channel are not closed for it. */
    @Test
    void whoHasAChannelStaysThereWhateverThePolicyWantsItToWaitFor() {
        PoolPolicy common = new MultiplexedPolicy();
        Rig rig = rig(
                1,
                100,
                (request, pool) -> request.purpose() == Purpose.CONSUME_UNLIMITED
                        ? Placement.await()
                        : common.place(request, pool));
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "other", false);
        rig.run();
        client.consume(1, "other", "tag", false);
        rig.run();

        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
    }

    /** It waits for the connection that is being opened, but is not closed for it. */
    @Test
    void whoHasAChannelStaysThereWhereNoOtherConnectionComesInTime() {
        Rig.Options options = new Rig.Options();
        options.acquireTimeout = Duration.ofSeconds(5);
        Rig rig = new Rig(options);
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "other", false);
        rig.run();
        rig.mute.add("broker:5672");
        client.consume(1, "other", "tag", false);
        rig.run();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isFalse();
        rig.pass(Duration.ofSeconds(6));

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
    }

    /** Who waits in vain is in nobody's way. */
    @Test
    void howeverManyWaitWhoHasAChannelGoesOn() {
        Rig rig = rig(1, 2, new MultiplexedPolicy());
        List<TestClient> placed = List.of(rig.open(), rig.open());
        placed.forEach(client -> client.openChannel(1).declare(1, "other", false));
        rig.run();
        for (int i = 0; i < 40; i++) {
            rig.open().openChannel(1).declare(1, "other", false);
            rig.run();
        }
        placed.forEach(client -> client.consume(1, "other", "tag", false));
        rig.run();

        assertThat(placed).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
    }

    @Test
    void whoHasNoneIsClosedAfterTheTimeout() {
        Rig rig = rig(1, 1, new MultiplexedPolicy());
        TestClient first = rig.open();
        first.openChannel(1).consume(1, "q", "one", false);
        rig.run();
        TestClient second = rig.open();
        second.openChannel(1).consume(1, "q", "two", false);
        rig.pass(Duration.ofSeconds(60));

        assertThat(second.closeHeard(0).code()).isEqualTo(320);
        assertThat(first.hears(Method.BASIC_CONSUME_OK)).isTrue();
    }

    /** However long the clients of those that are being replaced stay there. */
    @Test
    void aConnectionThatNobodyElseMayUseMakesRoomBesideThoseThatAreBeingReplaced() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 2;
        options.maxLifetime = Duration.ofMinutes(30);
        Rig rig = new Rig(options);
        rig.broker.queue("q").queue("other");
        rig.open().openChannel(1).select(1).declareExchange(1, "x", "direct").get(1, "q", false);
        rig.open().openChannel(1).qos(1, 1, false).consume(1, "q", "old", false);
        rig.run();
        rig.pass(options.maxLifetime);
        rig.open().openChannel(1).qos(1, 1, false).consume(1, "q", "new", false);
        TestClient former = rig.connect().logInAs("former");
        former.openChannel(1).consume(1, "other", "all", false);
        rig.run();
        former.close();
        rig.run();
        TestClient next = rig.connect().logInAs("next");
        next.openChannel(1).consume(1, "other", "all", false);
        next.openChannel(2).declare(2, "mine", true);
        rig.run();

        assertThat(next.hears(Method.BASIC_CONSUME_OK)).isTrue();
        assertThat(next.hears(Method.QUEUE_DECLARE_OK)).isTrue();
    }
}
