package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static io.amqproxy.impl.amqp10.Wire10.FLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.client.Amqp10Client;
import io.amqproxy.impl.pool.Stream10.Frame;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Credit that is kept from a client on purpose, and given afterwards. */
class WithheldCredit10Test {

    private static final int CREDIT = 10;

    private final Rig10 rig = new Rig10();
    private TestClient10 client = rig.open().begin(0);
    private boolean withholds;

    WithheldCredit10Test() {
        rig.broker.credit = CREDIT;
    }

    private final FaultJudge judge = new FaultJudge() {
        @Override
        public @Nullable Failure judge(ByteBuffer in, int at, int channel, long confirmTag) {
            throw new AssertionError("not of AMQP 1.0");
        }

        @Override
        public boolean withholdsCredit(int session, String address) {
            return withholds && session == 0 && address.equals("q");
        }
    };

    private Amqp10Client session() {
        return (Amqp10Client) client.link().session();
    }

    private void withhold() {
        withholds = true;
        session().judgedBy(judge);
        session().reviewCredit(false);
        client.run();
    }

    private void giveBack() {
        withholds = false;
        session().reviewCredit(true);
        session().judgedBy(null);
        client.run();
    }

    /** What the client was told of this handle's credit, in order. */
    private List<Integer> credit(int handle) {
        return client.all(FLOW).stream()
                .filter(flow -> flow.number(4, -1) == handle)
                .map(flow -> flow.number(6, -1))
                .toList();
    }

    private List<Integer> accepted() {
        return client.all(DISPOSITION).stream()
                .map(frame -> frame.number(1, -1))
                .toList();
    }

    @Test
    void aNewLinkGetsItsCreditWhenItIsNoMoreWithheld() {
        withhold();
        client.sender(0, 0, "q").sender(0, 1, "other").run();
        assertThat(credit(0)).containsOnly(0);
        assertThat(credit(1)).containsExactly(CREDIT);

        giveBack();
        assertThat(credit(0)).endsWith(CREDIT);
        assertThat(credit(1)).containsExactly(CREDIT);
        client.transfer(0, 0, 0, false, "a").run();
        assertThat(accepted()).containsExactly(0);
        client.leave();
    }

    @Test
    void whatIsUnderWayWhenCreditIsTakenBackIsTaken() {
        client.sender(0, 0, "q").run();
        withhold();
        assertThat(credit(0)).containsExactly(CREDIT, 0);

        client.transfer(0, 0, 0, false, "a").run();
        assertThat(accepted()).containsExactly(0);
        assertThat(credit(0)).endsWith(0);
        giveBack();
        Frame last = client.last(FLOW);
        assertThat(last.number(5, 0) + last.number(6, 0)).isGreaterThanOrEqualTo(CREDIT);
        assertThat(last.number(5, 0)).isOne();
        client.leave();
    }

    @Test
    void aDeliveryInPartsThatHasBegunIsCompleted() {
        client.sender(0, 0, "q").part(0, 0, 0, false, true, "a").run();
        withhold();
        client.part(0, 0, 0, false, false, "b").run();
        assertThat(accepted()).containsExactly(0);
        giveBack();
        client.transfer(0, 0, 1, false, "c").run();
        assertThat(accepted()).containsExactly(0, 1);
        assertThat(rig.broker.taken).containsExactly("ab", "c");
        client.leave();
    }

    @Test
    void theNextClientOfALinkThatWasKeptHasItsCredit() {
        client.sender(0, 0, "q").transfer(0, 0, 0, false, "a").run();
        withhold();
        client.leave();
        client = rig.open().begin(0);
        session().judgedBy(judge);
        client.sender(0, 0, "q").run();
        assertThat(credit(0)).containsOnly(0);

        giveBack();
        client.transfer(0, 0, 0, false, "b").run();
        assertThat(accepted()).containsExactly(0);
        assertThat(rig.broker.taken).containsExactly("a", "b");
    }

    @Test
    void aBrokerThatDrainsTheLinkIsAnswered() {
        client.sender(0, 0, "q").run();
        withhold();
        ScriptedBroker10.Session broker = rig.session();
        broker.drain(broker.links.values().iterator().next());
        client.run();
        assertThat(client.last(FLOW).is(8)).isTrue();
        assertThat(client.last(FLOW).number(6, 0)).isEqualTo(CREDIT);
    }
}
