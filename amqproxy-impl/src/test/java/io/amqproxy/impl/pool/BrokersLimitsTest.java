package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.TestClient.Close;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A broker that lets a user have few connections, as hosted plans do. */
class BrokersLimitsTest {

    private static final Duration TTL = Duration.ofMinutes(5);

    private final Rig.Options options = new Rig.Options();
    private final ToldLimits limits = new ToldLimits();

    private Rig rig(int mostConnections) {
        options.credentialTtl = TTL;
        options.listener = limits;
        Rig rig = new Rig(options);
        rig.broker.queue("q").queue("other");
        rig.broker.mostConnections = mostConnections;
        return rig;
    }

    private static TestClient publisher(Rig rig, String body) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "other", body);
        rig.run();
        return client;
    }

    private static TestClient consumer(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void clientsComeAndStayForHoursHoweverFewConnectionsThereMayBe(int most) {
        options.maxLifetime = Duration.ofMinutes(30);
        Rig rig = rig(most);
        TestClient stays = publisher(rig, "first");
        TestClient consumer = consumer(rig);
        for (int minute = 0; minute < 120; minute++) {
            TestClient client = publisher(rig, "m" + minute);
            assertThat(rig.broker.bodies()).as("minute %s", minute).endsWith("m" + minute);
            client.close();
            rig.pass(Duration.ofMinutes(1));
        }
        stays.publish(1, "q", "last");
        rig.run();

        assertThat(consumer.bodies()).isEqualTo("last");
        assertThat(stays.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void onASingleConnectionThereIsEverything() {
        Rig rig = rig(1);
        rig.broker.exchangeTypes.add("x-delayed");
        TestClient publisher = publisher(rig, "m");
        TestClient consumer = consumer(rig);
        TestClient unlimited = rig.open();
        unlimited.openChannel(1).consume(1, "q", "tag", true);
        TestClient owner = rig.open();
        owner.openChannel(1).declare(1, "mine", true);
        TestClient odd = rig.open();
        odd.openChannel(1).declareExchange(1, "odd", "x-delayed");
        rig.run();

        assertThat(consumer.hears(Method.BASIC_CONSUME_OK)).isTrue();
        assertThat(unlimited.hears(Method.BASIC_CONSUME_OK)).isTrue();
        assertThat(owner.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(odd.hears(Method.EXCHANGE_DECLARE_OK)).isTrue();
        assertThat(publisher.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(limits.names).contains("brokerConnections");
    }

    @Test
    void moreConnectionsAreTriedForAfterAWhile() {
        options.maxChannelsPerConnection = 1;
        Rig rig = rig(1);
        publisher(rig, "a");
        publisher(rig, "b");
        assertThat(rig.broker.bodies()).containsExactly("a");
        rig.broker.mostConnections = 3;
        rig.pass(Duration.ofSeconds(2));
        publisher(rig, "c");

        assertThat(rig.broker.bodies()).containsExactly("a", "b", "c");
    }

    @Test
    void theyAreTriedForEverMoreSeldom() {
        BrokerConnectionLimit limit = new BrokerConnectionLimit();
        List<Long> pauses = new ArrayList<>();
        long now = 0;
        for (int attempt = 0; attempt < 8; attempt++) {
            limit.onRefused(3, now);
            long refused = now;
            while (limit.room(3, now) == 0) {
                now += Duration.ofSeconds(1).toNanos();
            }
            pauses.add(Duration.ofNanos(now - refused).toSeconds());
        }

        assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    }

    @Test
    void aConnectionThatIsBeingReplacedServesAgainWhereTheBrokerLetsThereBeNoOther() {
        Rig rig = rig(1);
        TestClient stays = publisher(rig, "first");
        assertThat(rig.registry.drain("guest", "/")).isOne();
        TestClient next = publisher(rig, "second");

        assertThat(rig.broker.bodies()).containsExactly("first", "second");
        assertThat(next.hears(Method.CONNECTION_CLOSE)).isFalse();
        stays.closeChannel(1);
        next.closeChannel(1);
        rig.run();
        assertThat(rig.broker.openConnections()).as("nobody replaces it").isOne();
    }

    @Test
    void aProofIsRenewedByReplacingAnIdleConnection() {
        options.idleTimeout = Duration.ofHours(1);
        Rig rig = rig(2);
        TestClient stays = publisher(rig, "a");
        consumer(rig).close();
        rig.run();
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        rig.pass(TTL.plusSeconds(1));
        publisher(rig, "b").close();
        rig.pass(TTL.plusSeconds(1));
        int opened = rig.broker.connections.size();
        publisher(rig, "c");

        assertThat(rig.broker.connections).hasSizeGreaterThan(opened);
        assertThat(rig.broker.bodies()).containsExactly("a", "b", "c");
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(stays.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void whereThereIsNoConnectionTheBrokersWordsArriveAtOnce() {
        Rig rig = rig(0);
        TestClient client = rig.open();

        assertThat(client.closeHeard(0))
                .isEqualTo(new Close(
                        530,
                        "NOT_ALLOWED - connection refused for user 'guest': user connection limit (0) is reached"));
        rig.broker.mostConnections = 1;
        rig.pass(Duration.ofSeconds(1));
        publisher(rig, "m");
        assertThat(rig.broker.bodies()).containsExactly("m");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aConnectionThatEndsWhileAnotherIsRefusedMakesRoomAtOnce(int most) {
        options.maxChannelsPerConnection = 1;
        Rig rig = rig(most);
        TestClient leaves = owner(rig);
        if (most > 1) {
            publisher(rig, "stays");
        }
        closeBehindTheNext(rig, leaves);
        publisher(rig, "m");

        assertThat(rig.broker.bodies()).endsWith("m");
        assertThat(rig.broker.openConnections()).isEqualTo(most);
    }

    @Test
    void whoComesWhileTheLastConnectionEndsIsLetIn() {
        Rig rig = rig(1);
        TestClient leaves = owner(rig);
        rig.pass(TTL.plusSeconds(1));
        closeBehindTheNext(rig, leaves);
        TestClient client = publisher(rig, "m");

        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("m");
    }

    private static TestClient owner(Rig rig) {
        TestClient client = rig.open();
        client.openChannel(1).declare(1, "mine", true);
        rig.run();
        return client;
    }

    /**
     * Its connection is closed; the broker hears of it after it has refused the next one, and that refusal comes last.
     */
    private static void closeBehindTheNext(Rig rig, TestClient leaves) {
        FakeLink link = Objects.requireNonNull(rig.broker.connections.get(0).link);
        link.clogged = true;
        rig.broker.beforeRefusal = () -> {
            rig.broker.beforeRefusal = () -> {};
            link.unclog();
            rig.endTurn();
            link.moveToPeer(Integer.MAX_VALUE);
            link.moveToSession(Integer.MAX_VALUE);
        };
        leaves.close();
        rig.run();
    }

    @Test
    void anIdleConnectionInOneVhostMakesRoomForAnother() {
        Rig rig = rig(1);
        rig.broker.vhosts.add("two");
        publisher(rig, "m").close();
        rig.run();
        TestClient client = rig.connect().logIn("guest", "guest", "two");
        rig.pass(Duration.ofSeconds(2));
        client.openChannel(1).publish(1, "other", "in two");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("m", "in two");
    }

    @Test
    void aWithdrawnPasswordIsNoticedAtTheLimitToo() {
        Rig rig = rig(1);
        publisher(rig, "a");
        consumer(rig);
        rig.broker.password = "other";
        rig.pass(TTL.plusSeconds(1));

        assertThat(rig.open().closeHeard(0).code()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NOT_ALLOWED - connection refused for user 'u': user connection limit (2) is reached",
                "NOT_ALLOWED - access to vhost '/' refused for user 'u': connection limit (1) is reached",
                "NOT_ALLOWED - access to vhost 'v' refused: connection limit (5) is reached",
                "NOT_ALLOWED - number of channels opened for user 'u' has reached the maximum allowed user limit of (3)"
            })
    void theBrokersTextsTellOfALimit(String text) {
        CloseCause ending = ConnectionClose.byBroker(530, text, 0);

        assertThat(ending.isLimit()).isTrue();
        assertThat(ending.isRefusal()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NOT_ALLOWED - access to vhost 'limits' refused for user 'limit'",
                "NOT_ALLOWED - vhost unlimited not found",
                "NOT_ALLOWED - vhost /limit not found"
            })
    void aNameIsNoLimit(String text) {
        assertThat(ConnectionClose.byBroker(530, text, 0).isRefusal()).isTrue();
    }
}
