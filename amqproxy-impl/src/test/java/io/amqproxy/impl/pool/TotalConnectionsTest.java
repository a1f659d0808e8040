package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One limit of connections for all pools. */
class TotalConnectionsTest {

    private final Rig.Options options = new Rig.Options();
    private final ToldLimits limits = new ToldLimits();

    private Rig rig(int most) {
        options.maxTotalConnections = most;
        options.listener = limits;
        Rig rig = new Rig(options);
        rig.broker.queue("q").queue("other");
        return rig;
    }

    /** A client that publishes and keeps its channel. */
    private static TestClient publisher(Rig rig, String user) {
        TestClient client = rig.connect().logIn(user, "guest", "/");
        client.openChannel(1).publish(1, "other", user);
        rig.run();
        return client;
    }

    private static TestClient consumer(Rig rig, String user) {
        TestClient client = rig.connect().logIn(user, "guest", "/");
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    private static long connections(Rig rig, String user) {
        return rig.registry.stats().stream()
                .filter(pool -> pool.user().equals(user))
                .mapToLong(pool -> pool.upstreams())
                .sum();
    }

    @Test
    void thereAreNeverMoreHoweverManyUsersThereAre() {
        Rig rig = rig(5);
        for (int i = 0; i < 30; i++) {
            TestClient client = publisher(rig, "user" + i);
            rig.pass(Duration.ofMillis(200));
            assertThat(rig.broker.bodies()).as("of user %s", i).endsWith("user" + i);
            assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(5);
            client.close();
            rig.run();
        }
    }

    @Test
    void whatNobodyUsesIsGivenUpAtOnceForAPoolThatHasNone() {
        Rig rig = rig(3);
        publisher(rig, "a").close();
        rig.pass(Duration.ofSeconds(1));
        publisher(rig, "b").close();
        rig.run();

        publisher(rig, "c");

        assertThat(rig.broker.bodies()).endsWith("c");
        assertThat(connections(rig, "a"))
                .as("the one that was unused for longest")
                .isZero();
        assertThat(connections(rig, "b")).isOne();
        assertThat(rig.connections.givenUp()).isOne();
    }

    @Test
    void aPoolWithManyGivesOneUpForAPoolWithNoneAsSoonAsItsClientsLetGo() {
        options.policy = new ExclusivePolicy();
        Rig rig = rig(6);
        List<TestClient> many = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            many.add(publisher(rig, "a"));
        }
        publisher(rig, "b");
        TestClient waiting = publisher(rig, "c");
        rig.pass(Duration.ofMillis(500));
        assertThat(rig.broker.bodies()).doesNotContain("c");
        assertThat(rig.connections.waiting()).isOne();

        many.get(0).close();
        rig.run();

        assertThat(rig.broker.bodies()).endsWith("c");
        assertThat(waiting.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aSharedConnectionThatIsGivenUpServesUntilItsClientsLetGo() {
        Rig rig = rig(2);
        TestClient holder = publisher(rig, "a");
        rig.pass(Duration.ofSeconds(2));
        publisher(rig, "b");
        rig.pass(Duration.ofMillis(500));
        assertThat(rig.broker.bodies()).doesNotContain("b");

        holder.publish(1, "other", "more").closeChannel(1);
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("a", "more", "b");
        assertThat(holder.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void itServesAgainWhereTheyDoNotAndWhoWaitedIsToldWhy() {
        Rig rig = rig(2);
        TestClient consumer = consumer(rig, "a");
        rig.pass(Duration.ofSeconds(2));
        TestClient refused = rig.connect().logIn("b", "guest", "/");
        rig.pass(Duration.ofSeconds(1));
        TestClient late = publisher(rig, "a");
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.broker.bodies()).as("its own pool's").containsExactly("a");

        rig.pass(Duration.ofSeconds(8));

        assertThat(refused.closeHeard(0).code()).isEqualTo(320);
        assertThat(refused.closeHeard(0).text()).contains("the proxy has 1 of 2 connections");
        assertThat(late.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.connections.waiting()).isZero();
        assertThat(rig.connections.givenUp()).isZero();
    }

    @Test
    void poolsTakeTurnsWhereThereAreMoreThanConnections() {
        Rig rig = rig(3);
        List<TestClient> busy = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            busy.add(publisher(rig, "user" + i));
        }
        for (int tenths = 0; tenths < 400; tenths++) {
            rig.pass(Duration.ofMillis(100));
            int number = tenths % busy.size();
            TestClient client = busy.get(number); // All of them hold a channel nearly all of the time.
            client.closeChannel(1);
            rig.run();
            client.openChannel(1).publish(1, "other", "again" + number);
            rig.run();
        }

        for (int i = 0; i < busy.size(); i++) {
            String body = "again" + i;
            assertThat(rig.broker.bodies().stream().filter(body::equals))
                    .as("of user %s, all having had their turns", i)
                    .hasSizeGreaterThan(5);
            assertThat(busy.get(i).hears(Method.CONNECTION_CLOSE)).isFalse();
        }
    }

    @Test
    void whoseUserHasConnectionsLogsInAlthoughThereMayBeNoMore() {
        options.credentialTtl = Duration.ofMinutes(5);
        Rig rig = rig(3);
        consumer(rig, "a");
        consumer(rig, "b");
        rig.pass(Duration.ofMinutes(6));

        publisher(rig, "a");

        assertThat(rig.broker.bodies()).containsExactly("a");
        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    @Test
    void aWrongPasswordCostsNobodyAConnection() {
        Rig rig = rig(3);
        publisher(rig, "a").close();
        publisher(rig, "b").close();
        rig.run();

        TestClient guesser = rig.connect().logIn("c", "wrong", "/");
        rig.pass(Duration.ofSeconds(1));

        assertThat(guesser.closeHeard(0).code()).isEqualTo(403);
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(rig.connections.givenUp()).isZero();
    }

    @Test
    void loopsShareTheLimitAndGiveUpForEachOther() {
        options.connections = new ConnectionBudget(3);
        Rig one = rig(3);
        Rig other = rig(3);
        publisher(one, "a").close();
        publisher(one, "b").close();
        one.run();

        TestClient client = publisher(other, "c");
        for (int i = 0; i < 4; i++) {
            one.run();
            other.run();
        }

        assertThat(other.broker.bodies()).containsExactly("c");
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(one.broker.openConnections()).isOne();
    }

    @Test
    void aHigherLimitIsTakenOverAtOnce() {
        Rig rig = rig(2);
        consumer(rig, "a");
        publisher(rig, "b");
        assertThat(rig.broker.bodies()).isEmpty();

        options.maxTotalConnections = 4;
        rig.reload();

        assertThat(rig.broker.bodies()).containsExactly("b");
    }

    @Test
    void whoHasFewestGetsTheNextOne() {
        options.policy = new ExclusivePolicy();
        options.maxConnections = 10;
        Rig rig = rig(8);
        for (String user : List.of("a", "a", "a", "a", "b", "b")) {
            publisher(rig, user);
        }
        publisher(rig, "a");
        publisher(rig, "b");
        assertThat(rig.connections.waiting()).isEqualTo(2);

        options.maxTotalConnections = 9;
        rig.reload();

        assertThat(connections(rig, "a")).isEqualTo(4);
        assertThat(connections(rig, "b")).isEqualTo(3);
    }

    @Test
    void aLowerLimitClosesNothingThatIsNeeded() {
        Rig rig = rig(8);
        TestClient consumer = consumer(rig, "a");
        publisher(rig, "b").close();
        publisher(rig, "c").close();

        options.maxTotalConnections = 2;
        rig.reload();
        publisher(rig, "d");
        rig.pass(Duration.ofSeconds(3));

        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(2);
    }

    @Test
    void whoWaitsIsTold() {
        Rig rig = rig(2);
        options.policy = new ExclusivePolicy();
        consumer(rig, "a");
        rig.connect().logIn("b", "guest", "/");

        assertThat(limits.names).containsOnly("maxTotalConnections");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 6})
    void poolsGoOnForHoursAtTheLimit(int most) {
        options.maxLifetime = Duration.ofMinutes(30);
        options.credentialTtl = Duration.ofMinutes(5);
        Rig rig = rig(most);
        List<TestClient> consumers = new ArrayList<>();
        for (int i = 0; i < Math.min(most - 1, 2); i++) {
            consumers.add(consumer(rig, "user" + i));
        }
        for (int minute = 0; minute < 120; minute++) {
            TestClient client = publisher(rig, "user0");
            client.publish(1, "other", "m" + minute);
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.broker.bodies()).as("minute %s", minute).endsWith("m" + minute);
            assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(most);
            client.close();
            rig.pass(Duration.ofMinutes(1));
            if (minute == 60) {
                rig.registry.drain("user0", "/");
            }
        }

        assertThat(consumers).noneMatch(one -> one.hears(Method.CONNECTION_CLOSE));
    }
}
