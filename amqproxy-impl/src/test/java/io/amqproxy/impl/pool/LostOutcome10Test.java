package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.client.Amqp10Client;
import io.amqproxy.impl.fault.FaultHub;
import io.amqproxy.impl.net.EventLoop;
import io.amqproxy.impl.net.LinkFaults;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Outcomes of AMQP 1.0 that a client does not hear on purpose, or hears later; the broker's side is settled. */
@SuppressWarnings("try") // a fault is there to be closed
class LostOutcome10Test {

    private static final int ACCEPTED = 0x24;
    private static final int RELEASED = 0x26;
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Rig10 rig = new Rig10();
    private final FaultHub hub = new FaultHub(new FaultHub.Loops() {
        @Override
        public int sum(Function<EventLoop, Integer> what) {
            return 0;
        }

        @Override
        public void revoke(Consumer<EventLoop> what) {}
    });
    private final TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
    private final LinkFaults.Gate gate = hub.gate(this::session, 0);

    @BeforeEach
    void begin() {
        rig.broker.answers = false;
        client.link().gate = gate;
        client.heard.clear();
    }

    private Amqp10Client session() {
        return (Amqp10Client) client.link().session();
    }

    /** The faults that there are now are looked for. */
    private void judge() {
        session().judgedBy(gate.judge());
        client.link().flush();
        client.run();
    }

    private Fault lose(FaultScope scope) {
        Fault fault = hub.loseConfirms(scope);
        judge();
        return fault;
    }

    private Fault delay(FaultScope scope) {
        Fault fault = hub.delayConfirms(scope, SECOND, Duration.ZERO, 1);
        judge();
        return fault;
    }

    private void send(int first, int last) {
        for (int id = first; id <= last; id++) {
            client.transfer(0, 0, id, false, "m" + id);
        }
        client.run();
    }

    private void outcome(int first, int last, boolean settled, Wire10.Described state) {
        rig.session().say(DISPOSITION, true, first, last, settled, state);
        client.run();
    }

    private void outcome(int first, int last, boolean settled) {
        outcome(first, last, settled, Wire10.composite(ACCEPTED));
    }

    private void passSecond() {
        rig.rig.pass(SECOND);
        client.link().flush();
        client.run();
    }

    /** The deliveries and states that it has heard of. */
    private List<String> heard() {
        return client.all(DISPOSITION).stream()
                .map(frame -> frame.number(1, -1) + " "
                        + Integer.toHexString(((Wire10.Described) Objects.requireNonNull(frame.field(4))).code()))
                .toList();
    }

    private void leavesNothing() {
        client.leave();
        assertThat(rig.rig.pool().channelsIdle()).as("all is settled").isOne();
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void oneOfARangeIsNeverHeardOf() {
        Fault lost = lose(FaultScope.all().naming("q").nth(2));
        send(0, 2);
        outcome(0, 2, true);
        assertThat(heard()).containsExactly("0 24", "2 24");
        assertThat(lost.count()).isOne();
        lost.close();
        judge();
        client.say(0, DISPOSITION, false, 0, 2, true).run(); // The client gives up.
        send(3, 3);
        outcome(3, 3, true);
        assertThat(heard()).containsExactly("0 24", "2 24", "3 24");
        assertThat(rig.broker.dispositions).isEmpty();
        leavesNothing();
    }

    @Test
    void whatTheBrokerLeavesToTheClientToSettleIsSettledForIt() {
        Fault lost = lose(FaultScope.all().first(2));
        send(0, 2);
        outcome(0, 2, false, Wire10.composite(RELEASED));
        assertThat(heard()).containsExactly("2 26");
        assertThat(rig.broker.dispositions)
                .extracting(frame -> frame.number(1, -1) + " " + frame.number(2, -1) + " " + frame.is(3))
                .containsExactly("0 0 true", "1 1 true");
        client.say(0, DISPOSITION, false, 0, 2, true).run();
        assertThat(rig.broker.dispositions).hasSize(3);
        assertThat(lost.count()).isEqualTo(2);
        leavesNothing();
    }

    @Test
    void theSessionAndTheLinkMayEndWhileAnOutcomeIsLost() {
        lose(FaultScope.all());
        send(0, 1);
        outcome(0, 0, true);
        client.say(0, 0x16, 0, true).run();
        outcome(1, 1, true);
        client.say(0, 0x17).run();
        assertThat(heard()).isEmpty();
        client.begin(0).sender(0, 0, "q").run();
        client.leave();
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void statesThatAreNoOutcomesAndDeclaredTransactionsAreHeardOf() {
        Fault lost = lose(FaultScope.all());
        send(0, 1);
        outcome(0, 0, false, Wire10.composite(0x23, 0, 1L));
        outcome(1, 1, true, Wire10.composite(0x33, new byte[] {1}));
        assertThat(heard()).containsExactly("0 23", "1 33");
        assertThat(lost.count()).isZero();
        outcome(0, 0, true);
        assertThat(lost.count()).isOne();
    }

    @Test
    void withinATransactionOutcomesAreLostAndReplacedToo() {
        Fault lost = lose(FaultScope.all().nth(2));
        Fault rejected = hub.rejectDeliveries(FaultScope.all().first(1), "test:why", "on purpose");
        Fault bare = hub.rejectDeliveries(FaultScope.all().nth(2));
        Fault released = hub.releaseDeliveries(FaultScope.all().nth(2));
        judge();
        send(0, 4);
        outcome(0, 4, true, Wire10.composite(0x34, new byte[] {7, 8}, Wire10.composite(ACCEPTED)));
        assertThat(client.all(DISPOSITION)).allSatisfy(frame -> {
            assertThat(state(frame).code()).isEqualTo(0x34);
            assertThat((byte[]) state(frame).fields().get(0)).containsExactly(7, 8);
            assertThat(frame.is(3)).isTrue();
        });
        assertThat(client.all(DISPOSITION))
                .extracting(frame -> frame.number(1, -1) + " "
                        + Integer.toHexString(((Wire10.Described) Objects.requireNonNull(
                                        state(frame).fields().get(1)))
                                .code()))
                .containsExactly("0 25", "2 24", "3 25", "4 26");
        assertThat(client.all(DISPOSITION).get(0).toString()).contains("test:why", "on purpose");
        assertThat(List.of(lost.count(), rejected.count(), bare.count(), released.count()))
                .containsOnly(1L);
    }

    /** What the broker refuses by itself within a transaction stays as it is. */
    @Test
    void withinATransactionOnlyWhatIsAcceptedIsReplaced() {
        Fault rejected = hub.rejectDeliveries(FaultScope.all());
        judge();
        send(0, 1);
        outcome(0, 0, true, Wire10.composite(0x34, new byte[] {1}, Wire10.composite(RELEASED)));
        outcome(1, 1, false, Wire10.composite(0x34, new byte[] {1}));
        assertThat(client.all(DISPOSITION)).hasSize(2);
        assertThat(((Wire10.Described) Objects.requireNonNull(
                                state(client.all(DISPOSITION).get(0)).fields().get(1)))
                        .code())
                .isEqualTo(RELEASED);
        assertThat(rejected.count()).isZero();
    }

    private static Wire10.Described state(Stream10.Frame frame) {
        return (Wire10.Described) Objects.requireNonNull(frame.field(4));
    }

    @Test
    void whatOneFaultTakesTheNextOneDoesNotCount() {
        Fault lost = lose(FaultScope.all().nth(1));
        Fault rejected = hub.rejectDeliveries(FaultScope.all().nth(1));
        judge();
        send(0, 2);
        outcome(0, 2, true);
        assertThat(heard()).containsExactly("1 25", "2 24");
        assertThat(lost.count()).isOne();
        assertThat(rejected.count()).isOne();
    }

    @Test
    void anOutcomeThatIsDelayedIsHeardLater() {
        Fault late = delay(FaultScope.all().nth(1));
        send(0, 1);
        outcome(0, 1, true);
        assertThat(heard()).containsExactly("1 24");
        passSecond();
        assertThat(heard()).containsExactly("1 24", "0 24");
        assertThat(late.count()).isOne();
        leavesNothing();
    }

    @Test
    void anOutcomeThatIsDelayedAndNotSettledIsSettledByTheClient() {
        delay(FaultScope.all());
        send(0, 0);
        outcome(0, 0, false);
        assertThat(heard()).isEmpty();
        passSecond();
        assertThat(heard()).containsExactly("0 24");
        assertThat(rig.broker.dispositions).isEmpty();
        client.say(0, DISPOSITION, false, 0, 0, true).run();
        assertThat(rig.broker.dispositions).hasSize(1);
        leavesNothing();
    }

    @Test
    void whatIsDelayedComesAtOnceWhenTheFaultIsRevoked() {
        Fault late = delay(FaultScope.all());
        send(0, 1);
        outcome(0, 1, true);
        assertThat(gate.heldBytes()).isPositive();
        late.close();
        judge();
        assertThat(heard()).containsExactly("0 24", "1 24");
        assertThat(gate.heldBytes()).isZero();
        assertThat(gate.isIdle()).isTrue();
    }

    @Test
    void nothingComesLaterOfALinkOrASessionThatHasEnded() {
        delay(FaultScope.all());
        send(0, 0);
        outcome(0, 0, true);
        client.say(0, 0x16, 0, true).sender(0, 0, "q").run();
        passSecond();
        assertThat(heard()).isEmpty();

        send(1, 1);
        outcome(1, 1, true);
        client.say(0, 0x17).begin(0).sender(0, 0, "q").run();
        passSecond();
        assertThat(heard()).isEmpty();
        assertThat(gate.isIdle()).isTrue();
    }

    @Test
    void onALinkWithoutAnAddressTheMessageNamesIt() {
        client.say(
                        0,
                        0x12,
                        "any",
                        1,
                        false,
                        null,
                        null,
                        Wire10.composite(0x28, "me"),
                        Wire10.composite(0x29),
                        null,
                        null,
                        0)
                .run();
        Fault lost = lose(FaultScope.all().naming("orders"));
        sendTo(0, "bills", false);
        sendTo(1, "orders", false);
        sendTo(2, "orders", true);
        sendTo(3, null, false);
        outcome(0, 3, true);
        assertThat(heard()).containsExactly("0 24", "3 24");
        assertThat(lost.count()).isEqualTo(2);
    }

    /** A message that says where it goes, in one part or two. */
    private void sendTo(int id, @Nullable String to, boolean inParts) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(Wire10.encode(Wire10.composite(0x70, true)));
        message.writeBytes(Wire10.encode(Wire10.composite(0x73, "id", null, to)));
        String head = message.toString(ISO_8859_1);
        String body = new String(Wire10.encode(new Wire10.Described(0x77L, "body")), ISO_8859_1);
        if (inParts) {
            client.part(0, 1, id, false, true, head).part(0, 1, id, false, false, body);
        } else {
            client.part(0, 1, id, false, false, head + body);
        }
        client.run();
    }
}
