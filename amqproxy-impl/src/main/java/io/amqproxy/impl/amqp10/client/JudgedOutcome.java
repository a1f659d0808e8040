package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.Composite;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.pool.spi.FrameJudge;
import org.jspecify.annotations.Nullable;

/** What a client hears of its delivery on purpose, in place of what the broker says. */
final class JudgedOutcome {

    private static final int REJECTED = 0x25;
    private static final int RELEASED = 0x26;

    private JudgedOutcome() {}

    /** A client sends something on this link. */
    static void onTransfer(@Nullable FrameJudge judge, int session, Performative transfer, ClientLinks.Entry entry) {
        if (judge != null && transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            judge.onDelivery(session, transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0), entry.address());
        }
    }

    /** Only who accepts can be made to seem to have done something else. */
    static boolean canReplace(Performative disposition) {
        return disposition.has(Performative.DISPOSITION_STATE)
                && Composite.read(
                                disposition.buffer(),
                                disposition.at(Performative.DISPOSITION_STATE),
                                disposition.endOf(Performative.DISPOSITION_STATE))
                        == Composite.ACCEPTED;
    }

    /** A disposition about one delivery, which is settled as the broker's is. */
    static FrameComposer of(FrameComposer begun, int id, Performative disposition, FrameJudge.Outcome outcome) {
        FrameComposer frame = begun.bool(true)
                .uint(id)
                .uint(id)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_SETTLED);
        String condition = outcome.condition();
        if (condition == null) {
            return frame.state(RELEASED);
        }
        return condition.isEmpty() ? frame.state(REJECTED) : frame.rejected(condition, outcome.text());
    }
}
