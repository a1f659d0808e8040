package io.amqproxy.impl.pool;

import static io.amqproxy.impl.amqp10.Wire10.ATTACH;
import static io.amqproxy.impl.amqp10.Wire10.CLOSE;
import static io.amqproxy.impl.amqp10.Wire10.DETACH;
import static io.amqproxy.impl.amqp10.Wire10.DISPOSITION;
import static io.amqproxy.impl.amqp10.Wire10.END;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import io.amqproxy.impl.amqp10.client.Amqp10Client;
import io.amqproxy.impl.pool.Stream10.Frame;
import io.amqproxy.impl.pool.spi.FaultFilter;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Links, sessions and connections of AMQP 1.0 that the proxy ends for a condition, and outcomes that it changes. */
class ForcedEnds10Test {

    private final Rig10 rig = new Rig10();
    private final TestClient10 client = rig.open()
            .begin(0)
            .sender(0, 0, "q")
            .receiver(0, 1, "r")
            .begin(1)
            .sender(1, 0, "q")
            .run();

    private Amqp10Client session() {
        return (Amqp10Client) client.link().session();
    }

    private static FaultFilter at(String address) {
        return (channel, names) -> names.contains(address);
    }

    @Test
    void linksOfAnAddressAreDetachedAndOthersGoOn() {
        assertThat(session().detachLinks(at("none"), "amqp:resource-deleted", "gone"))
                .isZero();
        assertThat(session().detachLinks(at("q"), "amqp:resource-deleted", "gone"))
                .isEqualTo(2);
        client.run();
        assertThat(client.all(DETACH))
                .extracting(frame -> frame.error(2))
                .containsOnly("amqp:resource-deleted")
                .hasSize(2);
        assertThat(session().detachLinks(at("q"), "amqp:resource-deleted", "gone"))
                .isZero();

        assertThat(session().detachLinks(at("r"), "amqp:link:detach-forced", "gone"))
                .isOne();
        client.run();
        assertThat(client.last(DETACH).error(2)).isEqualTo("amqp:link:detach-forced");
        assertThat(client.last(DETACH).is(1)).isTrue();

        client.say(0, DETACH, 0, true)
                .say(0, DETACH, 1, true)
                .sender(0, 0, "q")
                .transfer(0, 0, 0, false, "a")
                .run();
        assertThat(client.last(DISPOSITION).number(1, -1)).isZero();
        assertThat(client.all(END)).isEmpty();
        client.leave();
    }

    /** As a peer hears of the end of no link that it has not heard of (part 2, section 2.6.3). */
    @Test
    void aLinkThatTheBrokerHasNotAnsweredIsDetachedBehindTheAnswer() {
        client.heard.clear();
        client.sender(1, 5, "late").link().moveToSession(1_000);
        rig.rig.endTurn();
        assertThat(session().detachLinks(at("late"), "amqp:resource-deleted", "gone"))
                .isOne();
        client.run();
        assertThat(client.heard).extracting(Frame::code).startsWith(ATTACH).endsWith(DETACH);
        assertThat(client.last(DETACH).error(2)).isEqualTo("amqp:resource-deleted");

        client.say(1, DETACH, 5, true).sender(1, 5, "late").run();
        assertThat(client.all(ATTACH)).hasSize(2);
        client.transfer(1, 5, 0, false, "a").run();
        assertThat(client.last(DISPOSITION).number(1, -1)).isZero();
        client.leave();
    }

    @Test
    void sessionsAreEndedAndTheConnectionGoesOn() {
        assertThat(session().endSessions((channel, names) -> true, "amqp:internal-error", "on purpose"))
                .isEqualTo(2);
        client.run();
        assertThat(client.all(END))
                .extracting(frame -> frame.error(0))
                .containsExactly("amqp:internal-error", "amqp:internal-error");
        assertThat(session().endSessions((channel, names) -> true, "amqp:internal-error", "on purpose"))
                .isZero();

        client.say(0, END)
                .begin(0)
                .sender(0, 0, "q")
                .transfer(0, 0, 0, false, "a")
                .run();
        assertThat(client.last(DISPOSITION).number(1, -1)).isZero();
        client.leave();
        assertThat(rig.rig.loop.chunks.usedBytes()).isZero();
    }

    @Test
    void aConnectionIsClosedForACondition() {
        assertThat(session().fail("amqp:resource-limit-exceeded", "on purpose")).isTrue();
        client.run();
        assertThat(client.last(CLOSE).error(0)).isEqualTo("amqp:resource-limit-exceeded");
    }

    @Test
    void ofDeliveriesThatAreAcceptedTogetherEachHasAnOutcomeOfItsOwn() {
        rig.broker.answers = false;
        client.transfer(0, 0, 0, false, "a")
                .transfer(0, 0, 1, false, "b")
                .transfer(0, 0, 2, false, "c")
                .run();
        session().judgedBy(new FaultJudge() {
            private int count;

            @Override
            public @Nullable Failure judge(ByteBuffer in, int at, int channel, long confirmTag) {
                throw new AssertionError("not of AMQP 1.0");
            }

            @Override
            public @Nullable Outcome outcome(int session, int id, boolean isAccepted) {
                return switch (count++) {
                    case 0 -> new Outcome(Said.REJECTED, "amqp:resource-limit-exceeded", "full", null);
                    case 1 -> null;
                    default -> Outcome.of(Said.RELEASED);
                };
            }
        });
        rig.session().say(DISPOSITION, true, 0, 2, true, Wire10.composite(0x24));
        client.run();
        assertThat(client.all(DISPOSITION))
                .extracting(ForcedEnds10Test::outcome)
                .containsExactly("0 25 true", "1 24 true", "2 26 true");
    }

    private static String outcome(Frame disposition) {
        Wire10.Described state = (Wire10.Described) disposition.field(4);
        return disposition.number(1, -1) + " "
                + (state != null && state.descriptor() instanceof Number code
                        ? Long.toHexString(code.longValue())
                        : "none")
                + " "
                + disposition.is(3);
    }
}
