package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.pool.Stream10.Frame;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of deliveries, and by which numbers, goes as far as there is something that is not settled. */
class Settlement10Test {

    private final Rig10 rig = new Rig10();

    private TestClient10 sender() {
        return rig.open().begin(0).sender(0, 0, "q").run();
    }

    /** The broker says this of deliveries of the proxy. */
    private void outcome(int first, int last, boolean settled, int state) {
        rig.session().say(0x15, true, first, last, settled, Wire10.composite(state));
        rig.rig.run();
    }

    private static Object @Nullable [] numbers(Frame frame) {
        return new Object[] {frame.field(1), frame.field(2), frame.is(3)};
    }

    @Test
    void aSenderThatSettlesNothingLeavesItsDeliveriesUnsettled() {
        rig.broker.answers = false;
        TestClient10 client = sender();
        client.transfer(0, 0, 0, false, "a").run();
        outcome(0, 0, false, 0x24);
        client.say(0, 0x15, false, 0, 0, false, Wire10.composite(0x24)).run();
        client.leave();
        assertThat(rig.broker.dispositions).isEmpty();
        assertThat(rig.rig.pool().channelsIdle())
                .as("for the broker has not settled")
                .isZero();
    }

    @Test
    void aSenderThatSettlesAfterTheOutcomeSettlesAtTheBroker() {
        rig.broker.answers = false;
        TestClient10 client = sender();
        client.transfer(0, 0, 50, false, "a").transfer(0, 0, 51, false, "b").run();
        outcome(0, 0, false, 0x24);
        client.say(0, 0x15, false, 0, 1000, true).run();
        assertThat(rig.broker.dispositions).hasSize(1);
        assertThat(numbers(rig.broker.dispositions.get(0))).containsExactly(0, 0, true);
    }

    @Test
    void whatASenderSettlesBeforeTheOutcomeIsSettledWithItAndNotSaidToIt() {
        rig.broker.answers = false;
        TestClient10 client = sender();
        client.transfer(0, 0, 50, false, "a").transfer(0, 0, 51, false, "b").run();
        client.say(0, 0x15, false, 50, null, true).run();
        assertThat(rig.broker.dispositions).isEmpty();
        outcome(0, 1, false, 0x24);
        assertThat(rig.broker.dispositions).hasSize(1);
        assertThat(numbers(rig.broker.dispositions.get(0))).containsExactly(0, 0, true);
        assertThat(client.all(0x15)).hasSize(1);
        assertThat(numbers(client.last(0x15))).containsExactly(51, 51, false);
    }

    @Test
    void whatASessionHearsOfTransfersThatNobodySentEndsIt() {
        TestClient10 client = sender();
        client.say(0, 0x13, 7, 100, 0, 100).run();
        assertThat(client.last(0x17).error(0)).isEqualTo("amqp:session:window-violation");
    }

    @Test
    void aRangeThatEndsBeforeItBeginsEndsTheSession() {
        TestClient10 client = sender();
        client.transfer(0, 0, 0, true, "a").run();
        client.say(0, 0x15, true, 5, 3, true, Wire10.composite(0x24)).run();
        assertThat(client.last(0x17).error(0)).isEqualTo("amqp:invalid-field");
    }

    @Test
    void anOutcomeIsSaidOnce() {
        rig.broker.answers = false;
        TestClient10 client = sender();
        for (int i = 0; i < 5; i++) {
            client.transfer(0, 0, i, false, "m" + i);
        }
        client.run();
        outcome(2, 2, true, 0x24);
        outcome(0, 4, true, 0x26);
        assertThat(client.all(0x15)).hasSize(3);
        outcome(0, 4, true, 0x24);
        outcome(-5, 2_000_000_000, true, 0x24);
        assertThat(client.all(0x15)).hasSize(3);
    }

    @Test
    void numbersMayBeLeftOut() {
        TestClient10 client = sender();
        for (int id : new int[] {0, 7, 14, 1000}) {
            client.transfer(0, 0, id, false, "m" + id).run();
            assertThat(client.last(0x15).number(1, -1)).isEqualTo(id);
        }
        assertThat(client.all(0x17)).isEmpty();
    }

    @Test
    void aDeliveryWhoseNumberIsNotAmongTheNextEndsTheSession() {
        for (int wrong : new int[] {0, -1, 1_000_000, Integer.MIN_VALUE}) {
            TestClient10 client = sender();
            client.transfer(0, 0, 0, false, "a")
                    .transfer(0, 0, wrong, false, "b")
                    .run();
            assertThat(client.last(0x17).error(0)).isEqualTo("amqp:invalid-field");
            assertThat(client.all(0x18)).isEmpty();
        }
        assertThat(rig.broker.taken).containsOnly("a");
    }

    @Test
    void whatCrossedADetachCountsToo() {
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "q").run();
        client.transfer(0, 0, 9, true, "a").run();
        ScriptedBroker10.Session session = rig.session();
        session.detach(session.link(0), "amqp:resource-deleted");
        rig.rig.run();
        client.transfer(0, 0, 10, true, "lost").transfer(0, 1, 11, true, "b").run();
        assertThat(client.all(0x17)).isEmpty();
        assertThat(rig.broker.taken).containsExactly("a", "b");
    }

    @Test
    void deliveriesOfALinkThatIsGoneHoldNobodyUp() {
        rig.broker.answers = false;
        rig.broker.credit = 100_000;
        rig.broker.window = 100_000;
        TestClient10 client =
                rig.open().begin(0).sender(0, 0, "q").sender(0, 1, "q").run();
        for (int i = 0; i < 64 * 1024; i++) {
            client.transfer(0, 0, i, false, "");
            if (i % 512 == 0) {
                client.run();
            }
        }
        client.run();
        client.say(0, 0x16, 0, true).run();
        client.transfer(0, 1, 64 * 1024, true, "after").run();
        assertThat(rig.broker.taken).contains("after");
        client.leave();
        assertThat(rig.rig.pool().channelsIdle())
                .as("of what was left something may yet come")
                .isZero();
    }

    /** The end is said in the midst of it. */
    @Test
    void anOutcomeThatIsTooLargeForItsClientEndsTheSessionBehindWhichNothingIsSaid() {
        rig.broker.answers = false;
        TestClient10 client =
                TestClient10.open(rig.rig, 512).begin(0).sender(0, 0, "q").run();
        client.transfer(0, 0, 0, false, "a").transfer(0, 0, 1, false, "b").run();
        client.say(0, 0x15, false, 1, 1, true).run();
        Wire10.Described error = Wire10.composite(0x1D, new Wire10.Symbol("amqp:not-allowed"), "x".repeat(600));
        rig.session().say(0x15, true, 0, 1, false, Wire10.composite(0x25, error));
        rig.rig.run();
        assertThat(client.last(0x17).error(0)).isEqualTo("amqp:frame-size-too-small");
        assertThat(rig.broker.dispositions).isEmpty();
        assertThat(rig.broker.sessions()).isZero();
    }

    // What clients get.

    private TestClient10 receiver(int messages) {
        for (int i = 0; i < messages; i++) {
            rig.broker.queue("q").add(("m" + i).getBytes(UTF_8));
        }
        return rig.open().begin(0).receiver(0, 0, "q").credit(0, 0, 7, messages).run();
    }

    @Test
    void aRangeOfAReceiverIsCutToWhatIsNotSettled() {
        TestClient10 client = receiver(10);
        client.settle(0, 3, 4).run();
        client.settle(0, -1_000_000, 1_000_000).run();
        client.settle(0, 0, 9).run();
        assertThat(rig.broker.dispositions).hasSize(3);
        List<Frame> said = rig.broker.dispositions;
        int first = ScriptedBroker10.FIRST_DELIVERY;
        assertThat(numbers(said.get(0))).containsExactly(first + 3, first + 4, true);
        assertThat(numbers(said.get(1))).as("up to where they wrap").containsExactly(first, -1, true);
        assertThat(numbers(said.get(2))).containsExactly(0, first + 9, true);
        assertThat(rig.session().unsettled).isEmpty();
    }

    /** Some peers take a range that wraps, with a sign or without, for an empty one. */
    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MIN_VALUE})
    void noRangeIsSaidWhoseNumbersWrap(int wrapped) {
        rig.broker.answers = false;
        TestClient10 client = sender();
        for (int i = -2; i < 2; i++) {
            client.transfer(0, 0, wrapped + i, false, "m");
        }
        client.run();
        outcome(0, 3, false, 0x24);
        assertThat(client.all(0x15).stream().map(Settlement10Test::numbers))
                .containsExactly(
                        new Object[] {wrapped - 2, wrapped - 1, false}, new Object[] {wrapped, wrapped + 1, false});
        client.say(0, 0x15, false, wrapped - 2, wrapped + 1, true).run();
        assertThat(rig.broker.dispositions.stream().map(Settlement10Test::numbers))
                .containsExactly(new Object[] {0, 3, true});
    }

    @Test
    void noRangeIsSaidOfWhatAReceiverGotWhoseNumbersWrap() {
        TestClient10 client = rig.open().begin(0).receiver(0, 0, "q").run();
        rig.session().nextDeliveryId = Integer.MAX_VALUE;
        rig.broker.queue("q").add("one".getBytes(UTF_8));
        rig.broker.queue("q").add("two".getBytes(UTF_8));
        client.credit(0, 0, 7, 2).run();
        client.settle(0, 0, 1).run();
        assertThat(rig.broker.dispositions.stream().map(Settlement10Test::numbers))
                .containsExactly(
                        new Object[] {Integer.MAX_VALUE, Integer.MAX_VALUE, true},
                        new Object[] {Integer.MIN_VALUE, Integer.MIN_VALUE, true});
        assertThat(rig.session().unsettled).isEmpty();
    }

    @Test
    void whatTheBrokerSettlesAReceiverHearsOnce() {
        TestClient10 client = receiver(3);
        client.say(0, 0x15, true, 0, 2, false, Wire10.composite(0x24)).run();
        int first = ScriptedBroker10.FIRST_DELIVERY;
        rig.session().say(0x15, false, first - 50, first + 50, true, Wire10.composite(0x24));
        rig.session().say(0x15, false, first, first + 2, true, Wire10.composite(0x24));
        rig.rig.run();
        assertThat(client.all(0x15)).hasSize(1);
        assertThat(numbers(client.last(0x15))).containsExactly(0, 2, true);
        rig.broker.dispositions.clear();
        client.settle(0, 0, 2).run();
        assertThat(rig.broker.dispositions).isEmpty();
    }

    @Test
    void aDeliveryWhoseTransfersAllSayItsNumberTakesNoneFromAnother() {
        TestClient10 client = rig.open()
                .begin(0)
                .receiver(0, 0, "a")
                .receiver(0, 1, "b")
                .credit(0, 0, 7, 5)
                .credit(0, 1, 7, 5)
                .run();
        ScriptedBroker10.Session session = rig.session();
        part(session, 0, 5, true);
        part(session, 1, 6, false);
        part(session, 0, 5, false);
        rig.rig.run();
        client.settle(0, 0, 1).run();
        assertThat(numbers(rig.broker.dispositions.get(0))).containsExactly(5, 6, true);
    }

    private static void part(ScriptedBroker10.Session session, int link, int id, boolean more) {
        session.connection.send(Wire10.frame(
                session.channel + 100,
                0x14,
                new byte[1],
                session.link(link).ownHandle,
                id,
                new byte[] {1},
                0,
                false,
                more));
    }

    // Numbers of 32 bits without a sign.

    @Test
    void aWindowOfAllThereCanBeIsOne() {
        for (int window : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            rig.broker.queue("q").add("one".getBytes(UTF_8));
            rig.broker.queue("q").add("two".getBytes(UTF_8));
            TestClient10 client = rig.open();
            client.say(0, 0x11, null, 0, window, -1).receiver(0, 0, "q").run();
            client.say(0, 0x13, 0, window, 0, window, 0, 7, 1).run();
            client.say(0, 0x13, 1, window, 0, window, 0, 8, 1).run();
            assertThat(client.bodies()).as("window " + window).containsExactly("one", "two");
            client.settle(0, 0, 1).run().leave();
            rig.broker.queues.clear();
        }
    }

    @Test
    void aWindowOfTheBrokerOfAllThereCanBeIsOne() {
        rig.broker.announcedWindow = -1;
        TestClient10 client = sender();
        client.transfer(0, 0, 0, true, "a").run();
        assertThat(rig.broker.taken).containsExactly("a");
    }

    @Test
    void aCreditOfAllThereCanBeDoesNotBecomeNoneForADeliveryThatIsUnderWay() {
        TestClient10 client = sender();
        client.part(0, 0, 0, false, true, "a").run();
        client.say(0, 0x13, 0, 100, 1, 100, 0, 1, -1).run();
        assertThat(rig.broker.flows).hasSize(1);
        assertThat(rig.broker.flows.get(0).number(5, -7)).isZero();
        assertThat(rig.broker.flows.get(0).number(6, 0)).isEqualTo(-1);
    }

    @Test
    void aWindowThatIsMoreThanUsedUpIsToldAsNone() {
        TestClient10 client =
                rig.open().begin(0).receiver(0, 0, "q").credit(0, 0, 7, 10).run();
        client.say(0, 0x13, 0, 0, 0, 1000, 0, 7, 10).run();
        ScriptedBroker10.Session session = rig.session();
        for (int i = 0; i < 3; i++) {
            part(session, 0, ScriptedBroker10.FIRST_DELIVERY + i, false);
        }
        rig.broker.flows.clear();
        session.say(0x13, 0, 100, ScriptedBroker10.FIRST_ID + 3, 100, null, null, null, null, false, true);
        rig.rig.run();
        assertThat(rig.broker.flows).hasSize(1);
        assertThat(rig.broker.flows.get(0).number(0, 0)).isEqualTo(ScriptedBroker10.FIRST_ID + 3);
        assertThat(rig.broker.flows.get(0).number(1, -1)).isZero();
    }

    @Test
    void aCreditOfAllThereCanBeIsOneForTheNextClientToo() {
        TestClient10 client = sender();
        ScriptedBroker10.Link link = rig.session().link(0);
        rig.session().grant(link, -1);
        rig.rig.run();
        assertThat(client.last(0x13).number(6, 0)).isEqualTo(-1);
        client.leave();
        assertThat(sender().last(0x13).number(6, 0)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Apache Qpid Broker-J Core", "scripted"})
    void aRejectionThatWaitsHasItsErrorOnlyWhereTheBrokerTakesThat(String product) {
        rig.broker.product = product;
        TestClient10 client = receiver(2);
        Object rejected = Wire10.composite(0x25, Wire10.composite(0x1D, new Wire10.Symbol("amqp:internal-error")));
        client.say(0, 0x15, true, 0, 0, false, rejected).run();
        client.say(0, 0x15, true, 1, 1, true, rejected).run();
        assertThat(rig.broker.dispositions).hasSize(2);
        boolean isKept = product.equals("scripted");
        assertThat(reasons(rig.broker.dispositions.get(0))).hasSize(isKept ? 1 : 0);
        assertThat(reasons(rig.broker.dispositions.get(1))).hasSize(1);
    }

    /** Artemis closes the connection of all where a delivery that it has taken back is released, or settled. */
    @ParameterizedTest
    @ValueSource(strings = {"apache-activemq-artemis", "scripted"})
    void anOutcomeThatWaitsIsSettledAtOnceWhereTheBrokerIsDoneWithItThen(String product) {
        rig.broker.product = product;
        TestClient10 client = receiver(3);
        client.say(0, 0x15, true, 0, 1, false, Wire10.composite(0x26)).run();
        client.say(0, 0x15, true, 0, 2, true, Wire10.composite(0x24)).run();
        boolean isDone = !product.equals("scripted");
        int first = ScriptedBroker10.FIRST_DELIVERY;
        Object[] inTheEnd = isDone
                ? new Object[] {first + 2, first + 2, true} //
                : new Object[] {first, -1, true};
        assertThat(numbers(rig.broker.dispositions.get(0))).containsExactly(first, -1, isDone);
        assertThat(numbers(rig.broker.dispositions.get(1))).containsExactly(inTheEnd);
    }

    @Test
    void whatIsNoOutcomeIsNotSettledForTheClient() {
        rig.broker.product = "apache-activemq-artemis";
        TestClient10 client = receiver(1);
        client.say(0, 0x15, true, 0, 0, false, Wire10.composite(0x23, 0, 0L)).run();
        assertThat(rig.broker.dispositions.get(0).is(3)).isFalse();
        client.settle(0, 0, 0).run();
        assertThat(rig.broker.dispositions).hasSize(2);
    }

    private static List<?> reasons(Frame disposition) {
        Wire10.Described state = (Wire10.Described) Objects.requireNonNull(disposition.field(4));
        assertThat(((Number) Objects.requireNonNull(state.descriptor())).intValue())
                .isEqualTo(0x25);
        return (List<?>) Objects.requireNonNull(state.value());
    }
}
