package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.Composite;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.MessageAddress;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a client hears of its deliveries on purpose, in place of what the broker says, or when. */
final class JudgedOutcome {

    private static final int REJECTED = 0x25;
    private static final int RELEASED = 0x26;
    /** What is longer is not held. */
    private static final int MOST_HELD = 1024;

    private JudgedOutcome() {}

    /** A client sends something on this link. */
    static void onTransfer(@Nullable FaultJudge judge, int session, Performative transfer, int end, ClientLink entry) {
        boolean isFirst = entry.pending() == 0 && transfer.has(Performative.TRANSFER_DELIVERY_ID);
        if (judge != null && isFirst && !transfer.bool(Performative.TRANSFER_SETTLED)) {
            String address = entry.address();
            judge.onDelivery(
                    session,
                    transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0),
                    address.isEmpty() ? MessageAddress.read(transfer.buffer(), transfer.end(), end) : address);
        }
    }

    /**
     * Whether the broker has said with this what becomes of deliveries; that a transaction is declared is another
     * thing.
     */
    static boolean isJudged(Performative disposition) {
        return (disposition.bool(Performative.DISPOSITION_SETTLED) || disposition.isOutcome())
                && state(disposition) != Composite.DECLARED;
    }

    private static @Nullable Composite state(Performative disposition) {
        return disposition.has(Performative.DISPOSITION_STATE)
                ? Composite.read(
                        disposition.buffer(),
                        disposition.at(Performative.DISPOSITION_STATE),
                        disposition.endOf(Performative.DISPOSITION_STATE))
                : null;
    }

    /**
     * The broker has said what becomes of a delivery, by the client's number.
     *
     * @return whether nobody else has to tell the client, which otherwise hears it as it is
     */
    static boolean tell(
            SessionHost session,
            UpstreamSession bound,
            ClientLinks links,
            FaultJudge judge,
            int id,
            Performative disposition) {
        // Only who accepts can be made to seem to have done something else.
        boolean isAccepted = state(disposition) == Composite.ACCEPTED || disposition.acceptsInTransaction();
        FaultJudge.Outcome outcome = judge.outcome(session.number(), id, isAccepted);
        if (outcome == null) {
            return false;
        }
        if (outcome.said() != FaultJudge.Said.NOTHING) {
            FrameComposer frame = of(session.composer(CompositeType.DISPOSITION), id, disposition, outcome);
            BrokerLink link = bound.settlement().linkOfSent(id);
            ClientLink entry = link == null ? null : links.of(link);
            int most = Math.min(MOST_HELD, session.session().maxFrameSize());
            if (outcome.later() != null && entry != null && frame.fits(most)) {
                hold(frame, outcome.later(), session, links, entry);
            } else {
                session.write(frame);
            }
        } else if (!disposition.bool(Performative.DISPOSITION_SETTLED)) {
            bound.settlement().settleUnheard(id);
        }
        return true;
    }

    private static void hold(
            FrameComposer frame, FaultJudge.Later later, SessionHost session, ClientLinks links, ClientLink entry) {
        ClientConnection10 client = session.session();
        ByteQueue queue = client.loop().takeQueue();
        frame.to(queue);
        byte[] octets = queue.toArray();
        queue.clear();
        client.loop().giveBack(queue);
        later.hold(
                ByteBuffer.wrap(octets),
                client.loop().now,
                () -> session.upstream() != null && links.isKnown(entry.link()));
        client.flush(); // So that it is known when something is due.
    }

    /** A disposition about one delivery, which is settled as the broker's is. */
    private static FrameComposer of(FrameComposer begun, int id, Performative disposition, FaultJudge.Outcome outcome) {
        FrameComposer frame = begun.bool(true).uint(id).uint(id);
        if (outcome.said() == FaultJudge.Said.THE_SAME) {
            return frame.copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE);
        }
        frame.copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_SETTLED);
        return disposition.acceptsInTransaction()
                ? frame.inTransaction(disposition, state -> put(state, outcome))
                : put(frame, outcome);
    }

    private static FrameComposer put(FrameComposer frame, FaultJudge.Outcome outcome) {
        if (outcome.said() == FaultJudge.Said.RELEASED) {
            return frame.state(RELEASED);
        }
        return outcome.condition().isEmpty()
                ? frame.state(REJECTED)
                : frame.rejected(outcome.condition(), outcome.text());
    }
}
