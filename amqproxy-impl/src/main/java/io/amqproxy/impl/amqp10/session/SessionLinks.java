package io.amqproxy.impl.amqp10.session;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The links of one session at the broker from attach to detach, those that are kept from one client for the next, and
 * those of which nothing is wanted but an answer (see {@link Barrier}). What one client has done with a link decides
 * whether another may have it.
 */
public final class SessionLinks {

    /** The most handles that the proxy uses. */
    static final int MAX_HANDLES = LinkTable.MOST;

    /** So many links are kept on a session for clients that come later. */
    private static final int MOST_KEPT = 16;

    private final Amqp10Connection connection;
    private final int channel;
    private final SentFrames said;
    private final SentDeliveries sent;
    private final ReceivedDeliveries received;
    private final LinkTable links = new LinkTable();
    private final KeptLinks kept;
    private final OwnLinks own;
    private final Barrier barrier = new Barrier();
    private int handleMax = MAX_HANDLES - 1;
    /** Where the detach of a link that is gone is among what is sent. */
    private long lastRemovedAt;

    private boolean receives;
    private boolean transacts;
    /** Whether receivers that are not answered have no credit any more, as the session ends. */
    private boolean isStopped;
    /** The coordinator that the client attached last, or null. */
    private @Nullable BrokerLink coordinator;

    /** The client's transactions; there from its first coordinator on. */
    private @Nullable RollBack rollBack;
    /** Whether there was something unsettled on a link that is gone, of which the broker may say something yet. */
    private boolean leavesUnsettled;

    SessionLinks(
            Amqp10Connection connection,
            int channel,
            SentFrames said,
            SentDeliveries sent,
            ReceivedDeliveries received) {
        this.connection = connection;
        this.channel = channel;
        this.said = said;
        this.sent = sent;
        this.received = received;
        this.kept = new KeptLinks(connection, links);
        this.own = new OwnLinks(connection, channel, links);
    }

    LinkTable all() {
        return links;
    }

    KeptLinks kept() {
        return kept;
    }

    Barrier barrier() {
        return barrier;
    }

    void onBegin(Performative begin) {
        long most = Integer.toUnsignedLong(begin.uint(Performative.BEGIN_HANDLE_MAX, Integer.MAX_VALUE));
        handleMax = (int) Math.min(most, MAX_HANDLES - 1L);
    }

    boolean receives() {
        return receives;
    }

    /** What would be left if the client went now. */
    Reason leftover() {
        if (receives) {
            return Reason.CONSUMER;
        }
        if (transacts) {
            return Reason.TRANSACTION;
        }
        if (!sent.ids().isSettled() || leavesUnsettled) {
            return Reason.UNACKED;
        }
        return kept.isWorthKeeping() ? Reason.CLEAN : Reason.SURPLUS;
    }

    private FrameComposer composer(CompositeType type) {
        return connection.composer().begin(channel, type);
    }

    private int most() {
        return connection.brokerOpen().maxFrameSize();
    }

    /** A handle that is free at the broker, or -1. */
    public int freeHandle() {
        return links.freeHandle(handleMax);
    }

    /** Whether a handle is about to be free, as the broker has to answer a detach; a link that is kept gives way. */
    public boolean freesHandle() {
        giveWay();
        return links.isAny(BrokerLink.State.DETACH_SENT) || links.isAny(BrokerLink.State.BARRIER);
    }

    private void giveWay() {
        BrokerLink spare = kept.spare();
        if (spare != null) {
            detachKept(spare);
        }
    }

    /** Passes on what a client asks for. */
    public void attach(BrokerLink link, Performative attach) throws AmqpError {
        passOn(link, attach);
        said.say();
        link.askedAt(said.at());
    }

    private void passOn(BrokerLink link, Performative attach) throws AmqpError {
        FrameComposer frame = composer(CompositeType.ATTACH)
                .string(link.name())
                .uint(link.handle())
                .copy(attach, Performative.ATTACH_ROLE, Performative.ATTACH_INCOMPLETE_UNSETTLED);
        boolean isRefusedWithout = connection.brokerOpen().refusesMissingCounts();
        if (link.isClientSending() && !isRefusedWithout) {
            // A sender has to give one. At Artemis its first transfer costs the connection otherwise.
            frame.uint(attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0));
        } else {
            frame.copy(attach, Performative.ATTACH_INITIAL_DELIVERY_COUNT);
        }
        frame.copy(attach, Performative.ATTACH_MAX_MESSAGE_SIZE, Performative.ATTACH_PROPERTIES)
                .within(most())
                .to(connection.out());
        connection.flush();
        links.add(link);
        receives |= !link.isClientSending();
        if (link.isClientSending()
                && attach.has(Performative.ATTACH_TARGET)
                && !Terminus.isTarget(attach, Performative.ATTACH_TARGET)) {
            transacts = true;
            rollBack = rollBack == null ? new RollBack(connection, channel, sent, this) : rollBack;
            coordinator = link;
            link.toCoordinator();
        }
        if (link.isClientSending()) {
            link.beginCount(attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0), true);
        }
    }

    /** Asks for what the client had on another session, of which somebody else could have it. */
    public void attachBrought(BrokerLink link) throws AmqpError {
        SenderRequest request = Objects.requireNonNull(link.request(), "it is nobody else's");
        FrameComposer frame = composer(CompositeType.ATTACH)
                .string(link.name())
                .uint(link.handle())
                .bool(false);
        request.appendTo(frame, link.deliveryCount());
        frame.within(most()).to(connection.out());
        connection.flush();
        links.add(link);
        said.say();
        link.askedAt(said.at());
    }

    /** Passes on what a client says of credit, with a flow that is begun. */
    void flow(BrokerLink link, Performative flow, int pending, FrameComposer begun) throws AmqpError {
        FrameComposer frame = begun.uint(link.handle());
        // A receiver cannot know where the broker begins to count before that has answered its attach.
        boolean isKnown = link.isClientSending() || link.hasBrokerHandle();
        if (isKnown && flow.has(Performative.FLOW_DELIVERY_COUNT)) {
            frame.uint(link.countOfBroker(flow.uint(Performative.FLOW_DELIVERY_COUNT, 0)) - pending);
        } else {
            frame.none();
        }
        if (flow.has(Performative.FLOW_LINK_CREDIT)) {
            int credit = flow.uint(Performative.FLOW_LINK_CREDIT, 0);
            frame.uint(credit == -1 ? credit : credit + pending);
        } else {
            frame.none();
        }
        frame.copy(flow, Performative.FLOW_AVAILABLE, Performative.FLOW_PROPERTIES)
                .within(most())
                .to(connection.out());
        connection.flush();
        said.say();
    }

    /** The broker says what becomes of what the client sent, which may have asked for a transaction. */
    void onOutcome(Performative disposition) {
        byte[] declared = rollBack == null ? null : disposition.declared();
        if (rollBack != null && declared != null) {
            rollBack.transactions().onDeclared(declared);
        }
    }

    /** A message of the client goes to the broker, with its payload up to this offset. */
    void onSend(BrokerLink link, Performative transfer, int end) {
        if (link.isToCoordinator()
                && rollBack != null
                && rollBack.transactions().isAny()) {
            int discharged = transfer.discharged(end);
            if (discharged >= 0) {
                rollBack.transactions().onDischarged(transfer.buffer(), discharged);
            }
        }
    }

    /** Whether the transaction whose id is at this offset is open. */
    public boolean hasTransaction(ByteBuffer in, int id) {
        return rollBack != null && rollBack.transactions().isOpen(in, id);
    }

    /** How many transactions are open. */
    public int transactions() {
        return rollBack == null ? 0 : rollBack.transactions().count();
    }

    /** Rolls back what the client has left of transactions, as far as that can be done now. Returns whether all is. */
    boolean isRolledBack() {
        return rollBack == null || rollBack.isDone();
    }

    /** The broker says what becomes of deliveries. Returns whether one of them was to roll something back. */
    boolean isOfRollBack(int first, int last) {
        return rollBack != null && rollBack.onOutcome(first, last);
    }

    /**
     * The coordinator that the client attached last, or the proxy's own where that is gone; null where there is none.
     */
    @Nullable
    BrokerLink coordinator() {
        BrokerLink link = coordinator;
        if (link == null || link.state() == BrokerLink.State.ATTACHED || link.state() == BrokerLink.State.ATTACHING) {
            return link;
        }
        int handle = freeHandle();
        coordinator = handle < 0 ? null : own.attachCoordinator(handle);
        return coordinator;
    }

    /** A link that is kept for such a request, which is the client's from now on; null where there is none. */
    public @Nullable BrokerLink claim(SenderRequest wanted, Performative attach) {
        BrokerLink link = kept.claim(wanted);
        if (link != null) {
            link.beginCount(attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0), false);
        }
        return link;
    }

    /** The client detaches a link. Returns whether that is all, as the link is kept for others. */
    public boolean detach(BrokerLink link, Performative detach) {
        long before = connection.out().size();
        boolean isAll = leave(link, detach);
        if (connection.out().size() > before) { // It may wait for what comes before it.
            said.say();
        }
        return isAll;
    }

    private boolean leave(BrokerLink link, Performative detach) {
        if (!detach.has(Performative.DETACH_ERROR) && keep(link)) {
            return true;
        }
        link.onDetachOfClient(detach);
        sayDetach(
                link,
                composer(CompositeType.DETACH)
                        .uint(link.handle())
                        .copy(detach, Performative.DETACH_CLOSED)
                        .copyError(detach, Performative.DETACH_ERROR, most()));
        onDetachSaid(link);
        return false;
    }

    private boolean keep(BrokerLink link) {
        boolean isKept = link.state() == BrokerLink.State.ATTACHED
                && link.isKeepable()
                && !connection.isTooOld(link.since())
                && kept.count() < MOST_KEPT;
        if (isKept) {
            kept.keep(link);
        }
        return isKept;
    }

    /** Ends a link for the proxy's own reasons. */
    public void detach(BrokerLink link) {
        sayDetach(link);
        onDetachSaid(link);
    }

    private void sayDetach(BrokerLink link) {
        link.close();
        sayDetach(link, composer(CompositeType.DETACH).uint(link.handle()).bool(true));
    }

    /** The broker has answered an attach: what waited for that is said. */
    void onAttached(BrokerLink link) {
        if (link.isDetachHeld()) {
            link.holdDetach(false);
            sayDetach(link, composer(CompositeType.DETACH).uint(link.handle()).bool(link.isClosed()));
        }
    }

    /** What was sent on the link comes first, and the answer to its attach where the broker forgets that otherwise. */
    private void sayDetach(BrokerLink link, FrameComposer detach) {
        if (!link.hasBrokerHandle() && connection.brokerOpen().failsOverHastyEnds()) {
            link.holdDetach(true);
            return;
        }
        if (link.isClientSending()) {
            link.detachedAt(sent.sendBehind(detach));
        } else {
            detach.to(connection.out());
            connection.flush();
        }
    }

    /**
     * Whether a detach has to be written before a link of this name is attached: of the former one of the name, or of
     * one whose handle is free as the broker has detached it.
     */
    public boolean isLeaving(String name) {
        if (sent.isWaiting(lastRemovedAt)) {
            return true;
        }
        for (int i = 0; i < links.places(); i++) {
            BrokerLink link = links.get(i);
            boolean isWaiting = link != null && (link.isDetachHeld() || sent.isWaiting(link.detachedAt()));
            if (link != null && isWaiting && link.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private void onDetachSaid(BrokerLink link) {
        if (link.state() == BrokerLink.State.DETACH_RECEIVED) {
            remove(link);
        } else {
            link.become(BrokerLink.State.DETACH_SENT);
        }
    }

    /**
     * Whether the session may end. Some brokers fail over the end where they have not answered the attach of a
     * receiver, or of a coordinator. Meanwhile a receiver's credit is taken back, so that they deliver nothing; a
     * detach they would not answer either.
     *
     * @param flow begins one
     */
    boolean mayEnd(Supplier<FrameComposer> flow) {
        boolean isAnswered = true;
        for (int i = 0; i < links.places() && connection.brokerOpen().failsOverHastyEnds(); i++) {
            BrokerLink link = links.get(i);
            if (link != null && link.isAwaitedAtEnd()) {
                isAnswered = false;
                if (!isStopped && !link.isClientSending() && link.state() == BrokerLink.State.ATTACHING) {
                    flow.get().uint(link.handle()).none().uint(0).to(connection.out());
                    connection.flush();
                }
            }
        }
        isStopped = true;
        return isAnswered;
    }

    /** The broker detaches a link that a client has, and takes back what it has sent on it. */
    void onDetached(BrokerLink link) {
        link.become(BrokerLink.State.DETACH_RECEIVED);
        if (!link.isClientSending()) {
            received.forget(link);
        }
        if (rollBack != null) {
            rollBack.onDetached(link);
        }
    }

    void remove(BrokerLink link) {
        links.remove(link);
        lastRemovedAt = Math.max(lastRemovedAt, link.detachedAt());
        if (!link.isClientSending()) {
            received.forget(link);
        } else if (link.unsettled() > 0) {
            leavesUnsettled = true;
            sent.ids().forget(link);
        }
    }

    /** The client leaves all its links. */
    void leave() {
        for (int i = 0; i < links.places(); i++) {
            BrokerLink link = links.get(i);
            if (link != null) {
                leave(link);
            }
        }
    }

    private void leave(BrokerLink link) {
        link.disown();
        switch (link.state()) {
            case DETACH_SENT, KEPT, BARRIER -> {}
            case DETACH_RECEIVED -> detach(link);
            case ATTACHING, ATTACHED -> {
                if (!keep(link)) {
                    detach(link);
                }
            }
        }
    }

    /** The broker says something of a link that is kept, which nobody is there to hear. */
    void onFlowOfKept(BrokerLink link, Performative flow, FrameComposer answer) {
        boolean isAsked = flow.bool(Performative.FLOW_ECHO);
        if (flow.bool(Performative.FLOW_DRAIN) || (isAsked && sent.hasBacklog())) {
            detachKept(link);
        } else if (isAsked) {
            answer.uint(link.handle())
                    .uint(link.deliveryCount())
                    .uint(link.credit())
                    .to(connection.out());
            connection.flush();
        }
    }

    /** Ends a link that is kept. */
    void detachKept(BrokerLink link) {
        kept.remove(link);
        detach(link);
    }

    /** Those that are attached, and that the client has or the next one may have. */
    List<BrokerLink> usable() {
        return links.usable();
    }

    /** The broker detaches a link that is kept. */
    void onDetachOfKept(BrokerLink link) {
        kept.remove(link);
        sayDetach(link);
        remove(link);
    }

    /** Asks for the proof that the broker has handled all that was sent settled, if it is not there or under way. */
    void prove() {
        if (!barrier.isNeeded() || sent.hasBacklog()) {
            return;
        }
        int handle = freeHandle();
        if (handle < 0) {
            giveWay();
            return;
        }
        barrier.onAsked();
        sayDetach(own.attachBarrier(handle));
    }
}
