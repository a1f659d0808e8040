package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ProxyListener;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.TestClient.Close;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A broker that lets a user have few channels on all connections, and closes the connection for one more. */
class BrokersChannelLimitTest {

    private final List<String> limits = new ArrayList<>();
    private Rig rig;

    @BeforeEach
    void start() {
        Rig.Options options = new Rig.Options();
        options.idleTimeout = Duration.ofHours(1);
        options.listener = new ProxyListener() {
            @Override
            public void limitReached(String limit, String effect, @Nullable String user) {
                limits.add(limit);
            }
        };
        rig = new Rig(options);
        rig.broker.product = "RabbitMQ";
        rig.broker.queue("q").queue("other");
    }

    private TestClient publisher(String body) {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "other", body);
        return client;
    }

    private TestClient consumer() {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    /** The broker has closed a connection for one channel too many, which cost nobody anything. */
    private void learn(int most) {
        rig.broker.mostChannels = most;
        List<TestClient> clients = new ArrayList<>();
        for (int i = 0; i <= most; i++) {
            TestClient client = publisher("learnt");
            rig.run();
            clients.add(client);
        }
        clients.forEach(TestClient::close);
        rig.pass(Duration.ofSeconds(1));
        rig.broker.published.clear();
        assertThat(limits).contains("brokerChannels");
    }

    @Test
    void whoeverHasNothingAtStakeDoesNotNoticeTheRefusal() {
        rig.broker.mostChannels = 2;
        TestClient first = publisher("a");
        rig.run();
        TestClient second = publisher("b");
        rig.pass(Duration.ofSeconds(2));
        publisher("c");
        rig.run();
        first.publish(1, "other", "d");
        second.publish(1, "other", "e");
        rig.pass(Duration.ofSeconds(1));

        assertThat(first.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(second.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).contains("a", "b", "d", "e");
        assertThat(limits).containsExactly("brokerChannels");
    }

    @Test
    void whoHasSomethingAtStakeIsToldThatTheConnectionWasLost() {
        rig.broker.mostChannels = 2;
        TestClient unlimited = rig.open();
        unlimited.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        consumer();
        consumer();

        assertThat(unlimited.closeHeard(0))
                .isEqualTo(new Close(320, "CONNECTION_FORCED - the connection to the broker was lost"));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10})
    void publishersThatComeAndGoAreServedBesideThoseThatStay(int most) {
        learn(most);
        TestClient stays = publisher("first");
        TestClient consumer = consumer();
        long upstreams = rig.pool().upstreamsOpened();
        for (int i = 0; i < 100; i++) {
            TestClient one = rig.open();
            TestClient two = publisher("plain");
            one.openChannel(1).select(1).publish(1, "other", "confirmed");
            rig.pass(Duration.ofSeconds(1));
            assertThat(one.hears(Method.BASIC_ACK)).as("round %s", i).isTrue();
            one.close();
            two.close();
        }
        stays.publish(1, "q", "last");
        rig.pass(Duration.ofSeconds(1));

        assertThat(consumer.bodies()).isEqualTo("last");
        assertThat(rig.broker.bodies()).hasSize(202);
        assertThat(rig.pool().upstreamsOpened()).isEqualTo(upstreams);
    }

    @Test
    void whoFindsNoChannelWaitsForOne() {
        learn(2);
        TestClient first = publisher("a");
        publisher("b");
        TestClient waits = publisher("c");
        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.broker.bodies()).containsExactly("a", "b");
        first.close();
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.broker.bodies()).containsExactly("a", "b", "c");
        assertThat(waits.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void whoWaitsForTooLongIsToldWhy() {
        learn(1);
        publisher("a");
        TestClient waits = publisher("b");
        rig.pass(Duration.ofSeconds(11));

        assertThat(waits.closeHeard(0).code()).isEqualTo(320);
        assertThat(waits.closeHeard(0).text()).contains("the broker lets the user have 1 channels");
    }

    @Test
    void aPlaceThatTheBrokerStillCountsIsNotUsed() {
        learn(2);
        publisher("a");
        consumer().close();
        rig.broker.countsLate = true;
        rig.run();
        int connections = rig.broker.connections.size();
        TestClient next = consumer();
        rig.pass(Duration.ofMillis(40));
        assertThat(next.hears(Method.BASIC_CONSUME_OK)).isFalse();
        rig.broker.stillCounted = 0;
        rig.pass(Duration.ofMillis(20));

        assertThat(next.hears(Method.BASIC_CONSUME_OK)).isTrue();
        assertThat(rig.broker.connections).hasSize(connections);
    }

    @Test
    void anIdleChannelElsewhereIsGivenUp() {
        learn(2);
        publisher("a").close();
        publisher("b");
        rig.run();
        rig.broker.vhosts.add("two");
        TestClient inTwo = rig.connect().logIn("guest", "guest", "two");
        TestClient alsoInTwo = rig.connect().logIn("guest", "guest", "two");
        rig.run();
        inTwo.openChannel(1).publish(1, "other", "in two");
        rig.pass(Duration.ofSeconds(1));
        inTwo.close();
        alsoInTwo.openChannel(1).select(1).publish(1, "other", "in two");
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.broker.bodies()).containsExactly("a", "b", "in two", "in two");
    }

    @Test
    void whereThereIsASingleOneItDoesEverything() {
        learn(1);
        TestClient client = publisher("a");
        rig.run();
        client.declareExchange(1, "odd", "direct").declare(1, "mine", true).consume(1, "q", "tag", true);
        rig.run();

        assertThat(client.hears(Method.EXCHANGE_DECLARE_OK)).isTrue();
        assertThat(client.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(client.hears(Method.BASIC_CONSUME_OK)).isTrue();
    }

    @Test
    void moreAreTriedForOnAConnectionOfItsOwnWhereNobodyPaysForARefusal() {
        learn(1);
        rig.pass(Duration.ofMinutes(1));
        TestClient present = publisher("a");
        TestClient waits = publisher("b");
        rig.pass(Duration.ofSeconds(2));
        assertThat(waits.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("a");
        rig.broker.mostChannels = 3;
        waits.close();
        rig.pass(Duration.ofMinutes(1));
        publisher("c");
        publisher("d");
        rig.pass(Duration.ofSeconds(4));

        assertThat(rig.broker.bodies()).containsExactly("a", "c", "d");
        assertThat(present.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    /** The limit is the user's. */
    @Test
    void itIsNotLearntAgainByConsumersWithAnotherSecret() {
        learn(2);
        rig.broker.password = "newer";
        List<TestClient> consumers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            TestClient client = rig.connect().logIn("guest", "newer", "/");
            client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
            rig.pass(Duration.ofSeconds(2));
            consumers.add(client);
        }

        assertThat(consumers).noneMatch(client -> client.hears(Method.CONNECTION_CLOSE));
        assertThat(consumers)
                .filteredOn(client -> client.hears(Method.BASIC_CONSUME_OK))
                .hasSize(2);
    }

    @Test
    void aTrialThatTheBrokerDoesNotAnswerEnds() {
        learn(1);
        rig.pass(Duration.ofMinutes(1));
        TestClient present = publisher("a");
        rig.run();
        rig.broker.mostChannels = 2;
        rig.broker.prompt = false;
        TestClient waits = publisher("b");
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        assertThat(rig.registry.upstreams()).isEqualTo(2);
        waits.close();
        rig.pass(Duration.ofSeconds(30));

        assertThat(rig.broker.openConnections()).isEqualTo(1);
        assertThat(rig.registry.upstreams()).isEqualTo(1);
        assertThat(present.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aTrialEndsWithTheProxy() {
        learn(1);
        rig.pass(Duration.ofMinutes(1));
        publisher("a");
        rig.run();
        rig.broker.mostChannels = 2;
        rig.broker.prompt = false;
        publisher("b");
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.broker.openConnections()).isEqualTo(2);
        rig.registry.close();
        rig.run();

        assertThat(rig.broker.openConnections()).isZero();
        assertThat(rig.registry.upstreams()).isZero();
    }

    /** Only what is tried for may take a place meanwhile. */
    @Test
    void aPlaceThatBecomesFreeDuringATrialIsUsed() {
        learn(2);
        rig.pass(Duration.ofMinutes(1));
        TestClient first = consumer();
        TestClient second = consumer();
        long before = rig.broker.openConnections();
        rig.broker.mostChannels = 3;
        rig.broker.prompt = false;
        publisher("c");
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.broker.openConnections()).as("there is a trial").isEqualTo(before + 1);
        rig.broker.prompt = true;
        first.close();
        second.close();
        rig.pass(Duration.ofSeconds(2));

        assertThat(rig.broker.openConnections()).as("it is not over").isEqualTo(before + 1);
        assertThat(rig.broker.bodies()).contains("c");
    }

    @Test
    void whereThereMayBeNoneTheClientGetsTheBrokersWords() {
        rig.broker.mostChannels = 0;
        publisher("a").close();
        rig.run();
        TestClient client = publisher("b");
        rig.run();
        assertThat(client.closeHeard(0).code()).isEqualTo(530);
        rig.broker.mostChannels = 1;
        rig.pass(Duration.ofSeconds(2));
        publisher("c");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("c");
    }
}
