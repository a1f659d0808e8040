package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.TestClient.Close;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a type of queue does not support costs a connection: that of others once at the most, for each queue. */
class UnsupportedMethodsTest {

    private static final Close NOT_IMPLEMENTED =
            new Close(540, "NOT_IMPLEMENTED - basic.get not supported by stream queues queue 'stream' in vhost '/'");

    private final Rig.Options options = new Rig.Options();
    private Rig rig = new Rig();
    private int refusers;

    @BeforeEach
    void begin() {
        options.maxConnections = 8;
        rig = new Rig(options);
        rig.broker.queue("q").queue("stream");
        rig.broker.streams.add("stream");
    }

    private TestClient consumer() {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        rig.run();
        return client;
    }

    private List<TestClient> consumers(int count) {
        List<TestClient> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(consumer());
        }
        return all;
    }

    private TestClient getter() {
        TestClient client = rig.open();
        client.openChannel(1).get(1, "stream", true);
        rig.run();
        return client;
    }

    private static boolean isClosed(TestClient client) {
        return client.hears(Method.CONNECTION_CLOSE);
    }

    @Test
    void aMistakeAtAQueueCostsNoConsumer() {
        List<TestClient> consumers = consumers(20);
        for (int i = 0; i < 5; i++) {
            assertThat(getter().closeHeard(0)).isEqualTo(NOT_IMPLEMENTED);
        }
        assertThat(consumers).noneMatch(UnsupportedMethodsTest::isClosed);
        assertThat(consumers).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
    }

    @Test
    void whereAllHaveToShareOnlyTheFirstMistakeCostsThem() {
        options.maxConnections = 1;
        rig.reload();
        List<TestClient> lost = consumers(20);
        assertThat(getter().closeHeard(0)).isEqualTo(NOT_IMPLEMENTED);
        assertThat(lost).allMatch(UnsupportedMethodsTest::isClosed);

        List<TestClient> back = consumers(20);
        for (int i = 0; i < 5; i++) {
            assertThat(getter().closeHeard(0)).isEqualTo(NOT_IMPLEMENTED);
        }
        assertThat(back).noneMatch(UnsupportedMethodsTest::isClosed);
        assertThat(back).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
    }

    /** A consumer that does not acknowledge, on a channel with a prefetch limit. */
    private TestClient careless(String queue) {
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, queue, "tag", true);
        rig.run();
        return client;
    }

    @Test
    void inAFullPoolOnlyTheFirstConsumerOfAStreamThatDoesNotAcknowledgeCostsNeighbours() {
        fillPool();
        careless("stream");
        List<TestClient> neighbours = consumers(5);
        for (int i = 0; i < 3; i++) {
            assertThat(careless("stream").closeHeard(0).text()).contains("acknowledgement", "stream");
        }

        assertThat(neighbours).noneMatch(UnsupportedMethodsTest::isClosed);
    }

    @Test
    void inAFullPoolAStreamThatWasDeclaredHereIsKnownNotToTakeThem() {
        fillPool();
        rig.open().openChannel(1).declare(1, "told", false, Map.of("x-queue-type", "stream"));
        rig.run();
        List<TestClient> neighbours = consumers(5);
        assertThat(careless("told").closeHeard(0).code()).isEqualTo(540);

        assertThat(neighbours).noneMatch(UnsupportedMethodsTest::isClosed);
    }

    /** All connections but the one that those share who have to. */
    private void fillPool() {
        options.maxConnections = 2;
        rig.reload();
        careless("q");
        careless("q");
    }

    @Test
    void whoRefusesMessagesOfAStreamCostsOthersOnce() {
        rig.open().openChannel(1).publish(1, "stream", "one");
        rig.run();
        List<TestClient> first = consumers(5);
        assertThat(refuser(Method.BASIC_NACK).closeHeard(0).text()).contains("basic.nack", "stream");
        assertThat(first).allMatch(UnsupportedMethodsTest::isClosed);
        List<TestClient> neighbours = consumers(5);
        for (Method method : List.of(Method.BASIC_NACK, Method.BASIC_REJECT)) {
            rig.open().openChannel(1).publish(1, "stream", "one");
            rig.run();
            assertThat(refuser(method).closeHeard(0).text()).contains("basic.nack", "stream");
        }

        assertThat(neighbours).noneMatch(UnsupportedMethodsTest::isClosed);
    }

    /** A client of its own kind that consumes from the stream, and refuses what it gets. */
    private TestClient refuser(Method method) {
        TestClient client = rig.connect().logInAs("refuser " + refusers++);
        client.openChannel(1).qos(1, 10, false).consume(1, "stream", "tag", false);
        rig.run();
        assertThat(client.hears(Method.BASIC_DELIVER)).isTrue();
        client.write(1, method, writer -> writer.longLong(1).octet(0));
        rig.run();
        return client;
    }

    @Test
    void whoMadeAMistakeSharesAsBefore() {
        getter();
        consumers(20);

        assertThat(rig.broker.openConnections()).isLessThanOrEqualTo(2);
    }

    @Test
    void aStreamThatWasDeclaredHereIsKnown() {
        List<TestClient> neighbours = consumers(3);
        TestClient client = rig.open();
        client.openChannel(1)
                .declare(1, "told", false, Map.of("x-queue-type", "stream"))
                .get(1, "told", true);
        rig.run();

        assertThat(client.closeHeard(0).code()).isEqualTo(540);
        assertThat(neighbours).noneMatch(UnsupportedMethodsTest::isClosed);
    }

    @Test
    void whoCannotBeAloneHearsWhatTheBrokerSaidBefore() {
        getter();
        List<TestClient> neighbours = consumers(3);
        TestClient client = consumer();
        client.get(1, "stream", true);
        rig.run();

        assertThat(client.closeHeard(0)).isEqualTo(NOT_IMPLEMENTED);
        assertThat(neighbours).noneMatch(UnsupportedMethodsTest::isClosed);
    }

    @Test
    void aQueueThatOnlySomebodyCallsAStreamIsGotFrom() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "m");
        client.openChannel(2).declare(2, "q", false, Map.of("x-queue-type", "stream"));
        rig.run();
        rig.broker.streams.clear();
        client.openChannel(3).get(3, "q", true);
        rig.run();

        assertThat(client.bodies()).isEqualTo("m");
    }

    /** Nobody can say which of them it was, but most of a pool is for those who share, whoever they are. */
    @Test
    void suspectsAreKeptApartOnAPartOfThePoolOnly() {
        List<TestClient> suspects = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            suspects.add(rig.open());
        }
        suspects.forEach(client -> client.openChannel(1).publish(1, "q", "m"));
        rig.run();
        rig.broker.prompt = false;
        suspects.forEach(client -> client.cancel(1, "something"));
        rig.run();
        rig.broker.only().close(541, "INTERNAL_ERROR", Method.BASIC_CANCEL.id());
        rig.broker.prompt = true;
        rig.run();
        List<TestClient> back = consumers(20);

        assertThat(back).allMatch(client -> client.hears(Method.BASIC_CONSUME_OK));
        assertThat(rig.registry.pools().get(0).all())
                .filteredOn(one -> one.owner() != 0)
                .hasSize(2);
    }
}
