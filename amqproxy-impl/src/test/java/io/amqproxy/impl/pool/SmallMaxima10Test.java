package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.PoolPolicy;
import io.amqproxy.impl.amqp10.Wire10;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pools of AMQP 1.0 with next to no connections and sessions: who has a session at the broker does all there. */
class SmallMaxima10Test {

    private static final int ATTACH = 0x12;

    /** What a client may attach beside other links of its session, or as the first one. */
    private enum Use {
        DURABLE(source("t", 2, false), true),
        EXPIRING_NEVER(
                client -> client.say(
                        0,
                        ATTACH,
                        "never",
                        1,
                        true,
                        null,
                        null,
                        Wire10.composite(0x28, "t", 0, new Wire10.Symbol("never")),
                        null),
                true),
        DYNAMIC(source(null, 0, true), false),
        TRANSACTION(
                client -> client.say(
                        0,
                        ATTACH,
                        "tx",
                        1,
                        false,
                        null,
                        null,
                        Wire10.composite(0x28, "me"),
                        Wire10.composite(0x30),
                        null,
                        null,
                        0),
                false),
        RECEIVER(client -> client.receiver(0, 1, "q"), false);

        @SuppressWarnings("ImmutableEnumChecker") // What it does has no state.
        final Function<TestClient10, TestClient10> what;

        /** Whether another connection would not do, as the broker knows it by the names of its client. */
        final boolean needsNames;

        Use(Function<TestClient10, TestClient10> what, boolean needsNames) {
            this.what = what;
            this.needsNames = needsNames;
        }

        TestClient10 by(TestClient10 client) {
            return what.apply(client);
        }
    }

    private static Function<TestClient10, TestClient10> source(
            @Nullable String address, int durable, boolean isDynamic) {
        return client -> client.say(
                0,
                ATTACH,
                "sub",
                1,
                true,
                null,
                null,
                Wire10.composite(0x28, address, durable, null, null, isDynamic),
                null);
    }

    private static Rig10 rig(int connections, int sessions, PoolPolicy policy) {
        return new Rig10(options -> {
            options.maxConnections = connections;
            options.maxChannelsPerConnection = sessions;
            options.policy = policy;
        });
    }

    private static Rig10 rig(int connections) {
        return rig(connections, 100, new MultiplexedPolicy());
    }

    private static TestClient10 sending(Rig10 rig) {
        return rig.open()
                .begin(0)
                .sender(0, 0, "q")
                .transfer(0, 0, 0, true, "a")
                .run();
    }

    private static int attached(TestClient10 client) {
        return client.all(ATTACH).size();
    }

    private static ScriptedBroker10.Session sessionOf(Rig10 rig, String container) {
        return rig.broker.connections.stream()
                .filter(connection -> connection.container.equals(container))
                .flatMap(connection -> connection.sessions.values().stream())
                .findFirst()
                .orElseThrow();
    }

    static Stream<Supplier<PoolPolicy>> policies() {
        return Stream.of(MultiplexedPolicy::new, SpreadPolicy::new, ExclusivePolicy::new);
    }

    /** In each order, so that of any two one is there before the other one. */
    @ParameterizedTest
    @MethodSource("policies")
    void nobodyWaitsForABetterSessionThatNobodyGivesBack(Supplier<PoolPolicy> policy) {
        for (int connections = 1; connections <= 2; connections++) {
            for (int sessions = 1; sessions <= 3; sessions++) {
                for (Use first : Use.values()) {
                    for (Use second : Use.values()) {
                        check(rig(connections, sessions, policy.get()), List.of(first, second));
                    }
                }
            }
        }
    }

    /** Clients that have a session each, as many as there are, use it in turn. */
    private static void check(Rig10 rig, List<Use> uses) {
        Map<TestClient10, Use> placed = new LinkedHashMap<>();
        for (int i = 0; i < 7; i++) {
            TestClient10 client = sending(rig);
            Use use = uses.get(i % uses.size());
            if (attached(client) == 1) {
                placed.put(client, use);
                use.by(client);
                if (i % 3 == 0) { // The others ask at a time.
                    rig.rig.run();
                }
            }
        }
        rig.rig.run();
        assertThat(placed).isNotEmpty();
        placed.forEach((client, use) -> assertThat(attached(client))
                .as("%s of %s: %s", use, uses, rig.rig.pool())
                .isEqualTo(2));
    }

    /** What had better be alone, and can do with others, does not wait for those to leave. */
    @ParameterizedTest
    @EnumSource
    void whoComesWhereOthersHaveAllConnectionsIsWithThem(Use use) {
        for (int connections = 1; connections <= 2; connections++) {
            Rig10 rig = rig(connections);
            sending(rig);
            rig.open().begin(0).receiver(0, 0, "q").run();
            List<TestClient10> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(use.by(rig.open().begin(0)).run());
            }

            assertThat(all).allSatisfy(client -> assertThat(attached(client)).isEqualTo(use.needsNames ? 0 : 1));
            all.forEach(TestClient10::leave);
            assertThat(rig.rig.pool().channelsLeased()).isEqualTo(2);
        }
    }

    /** As JMS clients do that have a client id, and may subscribe later. */
    @Test
    void soDoesAReceiverOfANamedContainer() {
        Rig10 rig = rig(1);
        rig.broker.capability = "sole-connection-for-container";
        sending(rig);
        TestClient10 client = TestClient10.connect(rig.rig);
        Wire10.Symbol desired = new Wire10.Symbol("sole-connection-for-container");
        client.write(TestClient10.handshake("guest", "orders", 65_536, desired)).run();
        client.begin(0).receiver(0, 0, "q").run();

        assertThat(attached(client)).isOne();
    }

    /** Who is with others takes nothing away from those who come. */
    @ParameterizedTest
    @EnumSource
    void whatIsDoneWithOthersLeavesThemAllSessionsThatThereAre(Use use) {
        Rig10 rig = rig(2, 3, new MultiplexedPolicy());
        sending(rig);
        rig.open().begin(0).receiver(0, 0, "q").run();
        use.by(sending(rig)).run();
        for (int i = 0; i < 3; i++) {
            assertThat(attached(sending(rig))).isOne();
        }
    }

    /** Another connection is better, as long as there is one. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RECEIVER")
    void whoComesWhereOneMayBeOpenedHasIt(Use use) {
        Rig10 rig = rig(2);
        sending(rig);
        use.by(rig.open().begin(0)).run();

        assertThat(sessionOf(rig, "c").links).hasSize(1);
    }

    @Test
    void aSubscriptionBehindSendsHasTheNamesOfItsClientWhereOneMayBeOpened() {
        Rig10 rig = rig(2);
        sending(rig);
        TestClient10 client = sending(rig);
        Use.DURABLE.by(client).run();

        assertThat(sessionOf(rig, "c").links).hasSize(2);
    }

    /** What it sends on is in its own way. */
    @Test
    void soHasThatOfAClientThatIsAloneOnTheOnlyConnection() {
        Rig10 rig = rig(1);
        TestClient10 client = sending(rig);
        Use.DURABLE.by(client).run();

        assertThat(sessionOf(rig, "c").links.values())
                .extracting(link -> link.name)
                .contains("sub");
        assertThat(client.transfer(0, 0, 1, false, "b").run().last(0x15).is(3)).isTrue();
    }

    /** It waits for the connection that is being opened, but is not closed for it. */
    @Test
    void whoHasASessionStaysThereWhereNoOtherConnectionComesInTime() {
        Rig10 rig = new Rig10(options -> options.acquireTimeout = Duration.ofSeconds(5));
        TestClient10 client = sending(rig);
        sending(rig);
        rig.rig.mute.add("broker:5672");
        Use.DURABLE.by(client).transfer(0, 0, 1, true, "b").run();
        assertThat(attached(client)).isOne();
        rig.rig.pass(Duration.ofSeconds(6));

        assertThat(attached(client)).isEqualTo(2);
        assertThat(rig.broker.taken).containsExactly("a", "a", "b");
        client.leave();
        assertThat(rig.rig.pool().channelsLeased()).isOne();
    }

    /** A client that waits for another connection, as the pool pauses. */
    private static TestClient10 waiting(Rig10 rig) {
        TestClient10 client = sending(rig);
        sending(rig);
        rig.rig.registry.pause(true);
        client.heard.clear();
        Use.DURABLE.by(client).run();
        assertThat(attached(client)).isZero();
        return client;
    }

    private static ScriptedBroker10.Session firstSession(Rig10 rig) {
        return rig.broker.connections.get(0).sessions.values().iterator().next();
    }

    @Test
    void whoWaitsAsThePoolPausesMovesBehindThat() {
        Rig10 rig = rig(2);
        TestClient10 client = waiting(rig);
        rig.rig.registry.pause(false);
        client.run();

        assertThat(sessionOf(rig, "c").links).hasSize(2);
        assertThat(attached(client)).isOne();
    }

    @Test
    void aLinkThatTheBrokerDetachesMeanwhileIsLeftBehind() {
        Rig10 rig = rig(2);
        TestClient10 client = waiting(rig);
        firstSession(rig).say(0x16, 50, true, Wire10.composite(0x1D, new Wire10.Symbol("amqp:not-found")));
        client.run();
        assertThat(client.all(0x16)).hasSize(1);
        rig.rig.registry.pause(false);
        client.run();
        client.say(0, 0x16, 0, true).run();

        assertThat(sessionOf(rig, "c").links.values())
                .extracting(link -> link.name)
                .containsExactly("sub");
        assertThat(client.all(0x16)).hasSize(1);
        assertThat(client.all(0x18)).isEmpty();
    }

    @Test
    void aSessionThatTheBrokerEndsMeanwhileGetsNoOther() {
        Rig10 rig = rig(2);
        TestClient10 client = waiting(rig);
        firstSession(rig).end("amqp:internal-error");
        client.run();
        assertThat(client.all(0x17)).hasSize(1);
        rig.rig.registry.pause(false);
        client.say(0, 0x17).run();

        assertThat(rig.rig.pool().waiting()).isZero();
        assertThat(rig.rig.pool().channelsLeased()).isOne();
        assertThat(client.begin(0).sender(0, 0, "q").run().all(ATTACH)).hasSize(1);
    }

    @Test
    void whoLeavesMeanwhileLeavesNothing() {
        Rig10 rig = rig(2);
        waiting(rig).vanish();
        rig.rig.registry.pause(false);
        rig.rig.run();

        assertThat(rig.rig.pool().waiting()).isZero();
        assertThat(rig.rig.pool().channelsLeased()).isOne();
    }
}
