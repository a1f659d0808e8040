package io.amqproxy.impl.amqp10.session;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.Slot;
import org.jspecify.annotations.Nullable;

/**
 * One session at the broker (part 2, section 2.5), which one session of a client has at a time. {@link Slot} draws its
 * life. A session on which clients have only sent, and all of which the broker has handled, serves the next one with
 * the links that were attached, and with their credit: see {@link KeptLinks}.
 *
 * <p>The numbers of transfers and the windows are those of this hop: what the client takes is told to the broker as
 * what the proxy takes, so that a client that reads slowly slows its own session and no other. Deliveries that the
 * broker sends are numbered for the client as it has counted them.
 */
public final class UpstreamSession implements Slot {

    private final Amqp10Connection connection;
    private final int channel;
    private State state = State.IDLE;
    private @Nullable SessionHolder holder;
    private long releasedAt;
    private long toldToCloseAt;

    private boolean begun;
    private int brokerChannel = -1;

    // Towards the broker.
    private final SentDeliveries sent;
    private final SessionSender sender;
    private final Settlement settlement;
    private final SessionLinks links;
    private final UpstreamSessionEnd ending = new UpstreamSessionEnd();
    private final KeptLinks kept;
    private boolean endsWhenSent;
    private boolean hasSaidEnd;
    private final SentFrames said;

    private final IncomingWindow incoming;

    public UpstreamSession(Amqp10Connection connection, int channel) {
        this.connection = connection;
        this.channel = channel;
        this.said = new SentFrames(connection.handled());
        this.sent = new SentDeliveries(connection, channel, said);
        ReceivedDeliveries received = new ReceivedDeliveries();
        this.settlement = new Settlement(connection, channel, sent.ids(), received);
        this.links = new SessionLinks(connection, channel, said, sent, received);
        this.kept = links.kept();
        this.sender = new SessionSender(connection, sent, links);
        this.incoming = new IncomingWindow(connection, channel, sent);
    }

    /** Asks the broker for the session; what follows need not wait for the answer. */
    public void begin() {
        write(composer(CompositeType.BEGIN)
                .none()
                .uint(sent.nextOutgoingId())
                .uint(IncomingWindow.FIRST)
                .uint(IncomingWindow.OUTGOING)
                .uint(SessionLinks.MAX_HANDLES - 1));
    }

    private FrameComposer composer(CompositeType type) {
        return connection.composer().begin(channel, type);
    }

    private void write(FrameComposer frame) {
        frame.to(connection.out());
        connection.flush();
    }

    @Override
    public Amqp10Connection session() {
        return connection;
    }

    @Override
    public int number() {
        return channel;
    }

    /** The channel in the broker's direction, or -1 before it has begun the session. */
    public int brokerChannel() {
        return brokerChannel;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public boolean hasClient() {
        return holder != null;
    }

    @Override
    public Reason leftover() {
        return links.leftover();
    }

    @Override
    public boolean isPrepared() {
        return kept.isAny();
    }

    /** Whether it has a kept link for such a request. */
    boolean keeps(SenderRequest wanted) {
        return kept.find(wanted) != null;
    }

    @Override
    public boolean hasServedSince(long time) {
        return links.all().wasAnySince(time);
    }

    @Override
    public long releasedAt() {
        return releasedAt;
    }

    @Override
    public long toldToCloseAt() {
        return toldToCloseAt;
    }

    /** Lends the session: IDLE becomes LEASED. */
    public void lease(SessionHolder to) {
        if (state != State.IDLE) {
            throw new IllegalStateException(this + " is not idle");
        }
        state = State.LEASED;
        holder = to;
        sender.begin();
        settlement.begin(to.nextDelivery());
    }

    /** The client ends the session. Returns what the broker owes it, behind which it hears of the end, or null. */
    public @Nullable UpstreamSessionEnd beginEnd(SessionEndClient client) {
        return (!begun || !sender.isHeldBack()) && ending.begin(client, links.all()) ? ending : null;
    }

    /** The client needs nothing more of the session. */
    public void forgetHolder() {
        holder = null;
        releasedAt = connection.now();
    }

    /** Ends a clean lease: LEASED becomes FENCING, or IDLE where there is nothing to prove. */
    public void release() {
        holder = null;
        releasedAt = connection.now();
        state = State.FENCING;
        links.leave();
        links.prove();
        becomeIdleIfProved();
    }

    private void becomeIdleIfProved() {
        boolean isHandled =
                !sent.hasBacklog() && !kept.areOthersLeft() && links.barrier().isProved();
        if (state != State.FENCING || !begun || !isHandled) {
            return;
        }
        if (kept.isAny()) {
            state = State.IDLE;
            connection.owner().onChannelIdle(this);
        } else {
            close();
        }
    }

    @Override
    public void close() {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        toldToCloseAt = connection.now();
        endsWhenSent = true;
        endIfSent();
        connection.owner().onChannelClosing(this);
    }

    /** What was sent and the window has no room for comes first. */
    private void endIfSent() {
        if (endsWhenSent && !sent.hasBacklog() && links.isRolledBack() && links.mayEnd(incoming::flow)) {
            endsWhenSent = false;
            hasSaidEnd = true;
            settlement.end();
            write(composer(CompositeType.END));
        }
    }

    // What the client says.

    /** Its links. */
    public SessionLinks links() {
        return links;
    }

    /** What it sends. */
    public SessionSender sender() {
        return sender;
    }

    /**
     * Passes on what the client says of a link.
     *
     * @param pending deliveries that the client has counted and the broker gets later, 0 or 1
     */
    public void flow(BrokerLink link, Performative flow, int pending) throws AmqpError {
        link.checkThatItIsWhole(flow, connection.brokerOpen());
        SessionHolder to = holder;
        if (to != null) {
            incoming.take(window(to));
        }
        links.flow(link, flow, pending, incoming.flow());
        link.onFlowOfClient(flow, pending);
    }

    /** Tells the broker of a window that has become larger, if that is worth it. */
    public void widen() {
        SessionHolder to = holder;
        if (to != null && state == State.LEASED && links.receives()) {
            incoming.widen(window(to));
        }
    }

    /** Tells the broker where the client takes fewer transfers than it was told. */
    public void narrow(int most) {
        if (state == State.LEASED && links.receives()) {
            incoming.narrow(most);
        }
    }

    private int window(SessionHolder to) {
        return settlement.isFull() ? 0 : to.window();
    }

    /** What the client said may have been of no interest to the broker, or wait for what comes before it. */
    private void sayIfWritten(long octetsBefore) {
        if (connection.out().size() > octetsBefore) {
            said.say();
        }
    }

    /** Whether the broker has handled all that clients have said here. */
    public boolean isHandled() {
        return said.isHandled();
    }

    /** What becomes of the deliveries of the client that has it. */
    public Settlement settlement() {
        return settlement;
    }

    /** Who has it, or null. */
    public @Nullable SessionHolder holder() {
        return holder;
    }

    /** The client says what became of deliveries that it got, by its numbers. */
    public void settle(int first, int last, Performative disposition) throws AmqpError {
        long before = connection.out().size();
        settlement.settle(first, last, disposition);
        sayIfWritten(before);
        widen();
    }

    /** The client settles deliveries whose outcome it knows, by its numbers. */
    public void settleSent(int first, int last, Performative disposition) throws AmqpError {
        long before = connection.out().size();
        settlement.settleSent(first, last, disposition);
        sayIfWritten(before);
    }

    // What the broker sends.

    /** Whether its end is said, while the broker has not begun it. */
    public boolean isEndedAhead() {
        return hasSaidEnd && !begun;
    }

    /** Whether the broker is heard when it says such a thing: once the end is said it takes nothing more of it. */
    public boolean hears(CompositeType type) {
        boolean isOwed = ending.isUnderWay() && (type == CompositeType.ATTACH || type == CompositeType.DETACH);
        return !hasSaidEnd || type == CompositeType.END || isOwed;
    }

    public void onBegin(int ofBroker, Performative begin) {
        begun = true;
        brokerChannel = ofBroker;
        incoming.onBegin(begin);
        links.onBegin(begin);
        sent.onWindow(begin.uint(Performative.BEGIN_INCOMING_WINDOW, 0), sent.nextOutgoingId());
        onProgress();
    }

    /** Something was sent or answered that the end of a lease, or of the session, may have waited for. */
    private void onProgress() {
        endIfSent();
        if (state == State.FENCING) {
            links.prove();
            becomeIdleIfProved();
        }
    }

    private void tellOfRoom() {
        SessionHolder to = holder;
        if (to != null && !sender.isStalled()) {
            to.onRoom();
        }
    }

    public void onAttach(Performative attach) throws AmqpError {
        BrokerLink link = links.all().answeredBy(attach);
        if (link == null) {
            if (state == State.LEASED) {
                throw AmqpError.connection(AmqpError.NOT_ALLOWED, "attach of a link that nobody asked for");
            }
            return;
        }
        links.all().onAnswer(link, attach);
        links.onAttached(link);
        connection.handled().onAnswered(link.askedAt());
        SessionHolder to = holder;
        if (to != null && link.hasClient() && !link.isBrought()) {
            to.onAttach(link, attach);
        }
        ending.onAttach(link, attach);
        endIfSent();
        tellOfRoom(); // Who waits to go elsewhere may do so now.
    }

    public void onFlow(Performative flow) {
        sent.onWindow(
                flow.uint(Performative.FLOW_INCOMING_WINDOW, 0), flow.uint(Performative.FLOW_NEXT_INCOMING_ID, 0));
        BrokerLink link = flow.has(Performative.FLOW_HANDLE)
                ? links.all().ofBroker(flow.uint(Performative.FLOW_HANDLE, 0))
                : null;
        if (link != null && link.isClientSending()) {
            link.onCredit(flow);
        }
        SessionHolder to = holder;
        if (link == null && flow.bool(Performative.FLOW_ECHO)) {
            write(incoming.flow());
        } else if (link != null && to != null && link.state() == BrokerLink.State.ATTACHED) {
            to.onFlow(link, flow);
        } else if (link != null && link.state() == BrokerLink.State.KEPT) {
            links.onFlowOfKept(link, flow, incoming.flow());
            closeIfOfNoUse();
        }
        onProgress();
        tellOfRoom();
    }

    public void onTransfer(Performative transfer, int end) throws AmqpError {
        incoming.onTransfer();
        SessionHolder to = holder;
        BrokerLink link = links.all().ofBroker(transfer.uint(Performative.TRANSFER_HANDLE, 0));
        if (to == null || link == null || link.isClientSending()) {
            return;
        }
        settlement.onTransfer(link, transfer);
        if (!transfer.bool(Performative.TRANSFER_MORE)) {
            connection.traffic().delivered++;
        }
        to.onTransfer(link, transfer, end);
        widen();
    }

    /** The client's number of a delivery of the broker. */
    public int clientDelivery(int id) {
        return settlement.clientDelivery(id);
    }

    public void onDisposition(Performative disposition) {
        if (disposition.bool(Performative.DISPOSITION_ROLE)) {
            int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
            said.onOutcome(disposition.uint(Performative.DISPOSITION_LAST, first));
            links.onOutcome(disposition);
        }
        settlement.onDisposition(disposition, holder);
        if (disposition.bool(Performative.DISPOSITION_ROLE) && isOfRollBack(disposition)) {
            endIfSent();
        }
        tellOfRoom();
    }

    private boolean isOfRollBack(Performative disposition) {
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        return links.isOfRollBack(first, disposition.uint(Performative.DISPOSITION_LAST, first));
    }

    public void onDetach(Performative detach) {
        BrokerLink link = links.all().ofBroker(detach.uint(Performative.DETACH_HANDLE, 0));
        if (link == null) {
            return;
        }
        learnOfRights(detach, Performative.DETACH_ERROR);
        ending.onDetach(link, detach);
        if (hasSaidEnd) {
            return;
        }
        SessionHolder to = holder;
        switch (link.state()) {
            case BARRIER -> {
                links.remove(link);
                links.barrier().onAnswered();
            }
            case KEPT -> {
                links.onDetachOfKept(link);
                closeIfOfNoUse();
            }
            case DETACH_SENT -> {
                links.remove(link);
                if (to != null && link.hasClient()) {
                    to.onDetach(link, detach);
                }
            }
            default -> {
                links.onDetached(link);
                if (to != null && link.hasClient()) {
                    to.onDetach(link, detach);
                } else {
                    links.detach(link);
                }
            }
        }
        onProgress();
        widen();
        tellOfRoom();
    }

    /** What was granted before the user lacked a right may be granted no more. */
    private void learnOfRights(Performative ended, int error) {
        if (AmqpError.UNAUTHORIZED_ACCESS.equals(ended.error(error))) {
            connection.owner().onRightMissing();
        }
    }

    /** No client waits for a session without a link that is kept. */
    private void closeIfOfNoUse() {
        if (state == State.IDLE && !kept.isAny()) {
            close();
        }
    }

    public void onEnd(Performative end) {
        boolean isAnswer = hasSaidEnd;
        state = State.CLOSED;
        SessionHolder to = holder;
        holder = null;
        sent.dropBacklog();
        if (isAnswer) {
            said.onEnd();
        } else {
            write(composer(CompositeType.END));
        }
        connection.onEnded(this);
        learnOfRights(end, Performative.END_ERROR);
        ending.end(end);
        if (to != null && isAnswer) {
            to.onUpstreamClosed(this);
        } else if (to != null) {
            to.onBrokerEnd(this, end);
        }
    }

    /** The connection is gone. */
    public void onLost(CloseCause why) {
        state = State.CLOSED;
        ending.end(null);
        sent.dropBacklog();
        SessionHolder to = holder;
        holder = null;
        if (to != null) {
            to.onUpstreamLost(this, why);
        }
    }

    /** Whether the client has something at the broker that depends on the session. */
    public boolean isAtStake() {
        return kept.areOthersLeft() || sender.isAtStake();
    }

    @Override
    public String toString() {
        return connection + " session " + channel + ' ' + state;
    }
}
