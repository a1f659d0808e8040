package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.TestClient.Close;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whom a broker's close of a connection reaches, and whom it does not. */
class CulpritTest {

    private final Rig rig = new Rig();

    private TestClient publisher(String body) {
        rig.broker.queue("q");
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", body);
        rig.run();
        return client;
    }

    @Test
    void anExchangeOfAnUnknownTypeCostsOnlyWhoDeclaresIt() {
        TestClient neighbour = publisher("before");
        TestClient offender = publisher("beside");
        offender.declareExchange(1, "odd", "no-such-type");
        rig.run();
        neighbour.publish(1, "q", "after");
        rig.run();

        assertThat(offender.closeHeard(0))
                .isEqualTo(new Close(503, "COMMAND_INVALID - unknown exchange type 'no-such-type'"));
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("before", "beside", "after");
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void anExchangeOfAnUnknownTypeCostsNobodyElseWhereThePoolIsFull() {
        Rig.Options options = new Rig.Options();
        options.maxConnections = 1;
        Rig full = new Rig(options);
        full.broker.queue("q");
        TestClient consumer = full.open();
        consumer.openChannel(1).qos(1, 10, false).consume(1, "q", "tag", false);
        TestClient offender = full.open();
        offender.openChannel(1);
        full.run();
        assertThat(full.broker.openConnections()).isEqualTo(1);
        offender.declareExchange(1, "odd", "no-such-type");
        full.run();

        assertThat(offender.closeHeard(0))
                .isEqualTo(new Close(503, "COMMAND_INVALID - unknown exchange type 'no-such-type'"));
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    static Stream<Consumer<TestClient>> whatABrokerFailsOver() {
        return Stream.of(
                client -> client.consume(1, "q", "tag", true, Map.of("x-credit", BrokerChannel.BAD_VALUE)),
                client -> client.declare(1, "other", false, Map.of("x-max-age", BrokerChannel.BAD_VALUE)),
                client -> client.declare(1, "other", true, Map.of("x-max-age", BrokerChannel.BAD_VALUE)));
    }

    @ParameterizedTest
    @MethodSource("whatABrokerFailsOver")
    void argumentsOverWhichTheBrokerFailsCostOnlyWhoSendsThem(Consumer<TestClient> offence) {
        TestClient consumer = consumer("queue of a neighbour");
        TestClient neighbour = publisher("before");
        TestClient offender = publisher("beside");
        offence.accept(offender);
        rig.run();
        neighbour.publish(1, "q", "after");
        rig.run();

        assertThat(offender.closeHeard(0)).isEqualTo(new Close(541, "INTERNAL_ERROR"));
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("before", "beside", "after");
    }

    /** Only when the broker has handled what the channel published before can it be bound elsewhere. */
    @Test
    void theConnectionMayBeLostWhileAChannelWaitsToBeBoundApart() {
        TestClient neighbour = publisher("before");
        rig.pass(Duration.ofSeconds(2));
        TestClient offender = publisher("beside");
        rig.broker.prompt = false;
        offender.declareExchange(1, "odd", "no-such-type");
        rig.run();
        assertThat(rig.broker.only().count(Method.EXCHANGE_DECLARE)).isZero();
        rig.broker.only().drop();
        rig.broker.prompt = true;
        rig.pass(Duration.ofSeconds(5));

        assertThat(offender.closeHeard(0).code()).isEqualTo(320);
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aChannelDoesNotWaitForEverToBeBoundApart() {
        TestClient neighbour = publisher("before");
        TestClient offender = publisher("beside");
        rig.broker.prompt = false;
        offender.declareExchange(1, "odd", "no-such-type");
        rig.pass(Duration.ofSeconds(9));
        assertThat(offender.hears(Method.CONNECTION_CLOSE)).isFalse();
        rig.pass(Duration.ofSeconds(2));
        assertThat(offender.closeHeard(0))
                .isEqualTo(new Close(320, "CONNECTION_FORCED - the broker has not answered in time"));
        rig.broker.prompt = true;
        neighbour.publish(1, "q", "after");
        rig.run();

        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("before", "beside", "after");
    }

    @Test
    void aChannelThatWasBoundApartHasNoDeadlineAnyMore() {
        rig.broker.exchangeTypes.add("x-delayed");
        TestClient client = publisher("beside");
        client.declareExchange(1, "odd", "x-delayed");
        rig.pass(Duration.ofSeconds(30));
        client.publish(1, "q", "after");
        rig.run();

        assertThat(client.hears(Method.EXCHANGE_DECLARE_OK)).isTrue();
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("beside", "after");
    }

    @Test
    void theBrokerMayCloseAChannelThatWaitsToBeBoundApart() {
        publisher("neighbour");
        TestClient client = publisher("beside");
        client.publish(1, "nowhere", "q", false, "lost").declareExchange(1, "odd", "no-such-type");
        rig.run();
        assertThat(client.closeHeard(1).code()).isEqualTo(404);
        client.openChannel(2).publish(2, "q", "after");
        rig.run();

        assertThat(rig.broker.bodies()).containsExactly("neighbour", "beside", "after");
        assertThat(client.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void argumentsThatTheBrokerTakesNeedNoConnectionOfTheirOwn() {
        publisher("neighbour");
        TestClient client = publisher("beside");
        client.declare(1, "one", false, Map.of("x-max-age", "7D", "x-queue-master-locator", "random"));
        rig.run();

        assertThat(client.hears(Method.QUEUE_DECLARE_OK)).isTrue();
        assertThat(rig.broker.openConnections()).isEqualTo(1);
    }

    @Test
    void aTypeThatTheBrokerHasAcceptedNeedsNoConnectionOfItsOwn() {
        rig.broker.exchangeTypes.add("x-delayed");
        publisher("neighbour");
        TestClient first = rig.open();
        first.openChannel(1).declareExchange(1, "one", "x-delayed");
        rig.run();
        long connections = rig.broker.openConnections();
        TestClient second = rig.open();
        second.openChannel(1).declareExchange(1, "two", "x-delayed");
        rig.run();

        assertThat(second.hears(Method.EXCHANGE_DECLARE_OK)).isTrue();
        assertThat(connections).isEqualTo(2);
        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    @Test
    void theOnlyOneWhoHasSentSuchAMethodIsToldAndTheOthersAreBoundElsewhere() {
        TestClient neighbour = publisher("before");
        TestClient offender = rig.open();
        offender.openChannel(1);
        rig.pass(Duration.ofSeconds(2));
        rig.broker.prompt = false;
        offender.cancel(1, "something");
        rig.run();
        rig.broker.only().close(541, "INTERNAL_ERROR", Method.BASIC_CANCEL.id());
        rig.broker.prompt = true;
        rig.run();
        neighbour.publish(1, "q", "after");
        rig.run();

        assertThat(offender.closeHeard(0)).isEqualTo(new Close(541, "INTERNAL_ERROR"));
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(rig.broker.bodies()).containsExactly("before", "after");
    }

    private ScriptedBroker.Connection newestConnection() {
        return rig.broker.connections.get(rig.broker.connections.size() - 1);
    }

    private TestClient consumer(String queue) {
        rig.broker.queue(queue);
        TestClient client = rig.open();
        client.openChannel(1).qos(1, 10, false).consume(1, queue, "tag", false);
        return client;
    }

    /** Nobody has declared it here, so that nobody knows that it is a stream. */
    @Test
    void aGetFromAStreamThatNobodyKnowsCostsNoConsumerItsConnection() {
        TestClient consumer = consumer("q");
        rig.broker.queue("unknown").streams.add("unknown");
        TestClient offender = rig.open();
        TestClient getter = rig.open();
        getter.openChannel(1).get(1, "q", true);
        rig.run();
        offender.openChannel(1).get(1, "unknown", true);
        rig.run();
        getter.get(1, "q", true);
        rig.pass(Duration.ofSeconds(1));

        assertThat(offender.closeHeard(0).code()).isEqualTo(540);
        assertThat(consumer.hears(Method.CONNECTION_CLOSE)).isFalse();
        assertThat(getter.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void whereTheBrokerNamesNoMethodItIsWhoHasSentAnythingThatIsNotAnswered() {
        TestClient innocent = consumer("one");
        rig.run();
        rig.broker.prompt = false;
        TestClient offender = consumer("two");
        rig.run();
        newestConnection().close(541, "INTERNAL_ERROR", 0);
        rig.broker.prompt = true;
        rig.run();

        assertThat(offender.closeHeard(0)).isEqualTo(new Close(541, "INTERNAL_ERROR"));
        assertThat(innocent.closeHeard(0).code()).isEqualTo(320);
    }

    @Test
    void whoHasAllPublishesConfirmedIsNotSuspected() {
        rig.broker.queue("q");
        TestClient confirming = rig.open();
        confirming.openChannel(1).select(1).publish(1, "q", "confirmed");
        rig.run();
        rig.broker.prompt = false;
        TestClient offender = rig.open();
        offender.openChannel(1).cancel(1, "something");
        rig.run();
        newestConnection().close(541, "INTERNAL_ERROR", 0);
        rig.broker.prompt = true;
        rig.run();

        assertThat(offender.closeHeard(0)).isEqualTo(new Close(541, "INTERNAL_ERROR"));
        assertThat(confirming.hears(Method.CONNECTION_CLOSE)).isFalse();
    }

    @Test
    void aFailureOfTheBrokerThatNobodyCausedIsToldAsItIs() {
        TestClient consumer = consumer("q");
        rig.run();
        newestConnection().close(541, "INTERNAL_ERROR", 0);
        rig.run();

        assertThat(consumer.closeHeard(0)).isEqualTo(new Close(541, "INTERNAL_ERROR"));
    }

    @Test
    void severalSuspectsConnectAgainAndAreKeptApart() {
        TestClient one = publisher("one");
        TestClient two = publisher("two");
        rig.broker.prompt = false;
        one.cancel(1, "something");
        two.cancel(1, "something");
        rig.run();
        rig.broker.only().close(541, "INTERNAL_ERROR", Method.BASIC_CANCEL.id());
        rig.broker.prompt = true;
        rig.run();

        assertThat(one.closeHeard(0).code()).isEqualTo(320);
        assertThat(two.closeHeard(0).code()).isEqualTo(320);

        publisher("one again");
        publisher("two again");
        assertThat(rig.broker.openConnections()).isEqualTo(2);
    }

    @Test
    void theIdleOwnerOfAnExclusiveQueueHearsThatItIsLost() {
        TestClient neighbour = publisher("before");
        TestClient owner = rig.open();
        owner.openChannel(1).declare(1, "mine", true);
        rig.run();
        ScriptedBroker.Connection connection = Objects.requireNonNull(rig.broker.existing("mine").owner);
        connection.close(320, "CONNECTION_FORCED - going down", 0);
        rig.run();

        assertThat(owner.closeHeard(0)).isEqualTo(new Close(320, "CONNECTION_FORCED - going down"));
        assertThat(neighbour.hears(Method.CONNECTION_CLOSE)).isFalse();
    }
}
