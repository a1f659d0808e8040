package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.SenderRequest;
import io.amqproxy.impl.amqp10.session.SenderRequests;
import io.amqproxy.impl.amqp10.session.SessionHolder;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.amqp10.session.UpstreamSessionEnd;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.FaultFilter;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session of a client (part 2, section 2.5). It is bound to a session at the broker by the first attach, which
 * shows what it is for.
 *
 * <pre>
 *    OPEN -- end of the client --&gt; (gone, end sent)
 *      |
 *      | end of the broker or the proxy
 *      v
 *    ENDING -- end of the client --&gt; (gone)
 * </pre>
 *
 * <p>In ENDING all that the client sends on the channel is dropped, but for its end.
 */
final class ClientSession implements SessionHolder, SessionHost, BoundedWait.Waiter {

    /** All sessions of the client. */
    interface Siblings {

        /** The channel is free on both sides. */
        void remove(ClientSession session);

        /** A session has ended, of which the broker may owe its client this. */
        void beginEnd(ClientSessionEnd session, @Nullable UpstreamSessionEnd owing);

        /** The client was told all that was owed of a session. */
        void onEndAnswered();

        /** Whether the attach is for a link over which the client manages the broker. */
        boolean manages(Performative attach);

        /** Whether the client's sessions may work in one transaction, this link being attached or asked for as well. */
        boolean transactTogether(Performative attach);

        /**
         * A link of a container that attaches another one of the same name and role is stolen from it, if the broker
         * does so (part 2, section 2.6.1); others serve both.
         */
        void steal(Performative attach, boolean isStealing);

        TransactionGuard transactions();
    }

    private enum State {
        OPEN,
        ENDING
    }

    private final ClientConnection10 client;
    private final Siblings siblings;
    private final int channel;
    private State state = State.OPEN;
    private final SessionPlacement placement;
    private @Nullable UpstreamSession upstream;
    private final ClientLinks links;

    private final ClientWindows windows = new ClientWindows();
    private final ClientCredit flow;
    private final DeliveriesFromClient published;
    private final DeliveriesToClient deliveries;
    private final Attaching attaching;
    private final Detaching detaching;
    private final ClientDispositions dispositions;
    private final BoundedWait wait;

    ClientSession(ClientConnection10 client, Siblings siblings, int channel) {
        this.client = client;
        this.siblings = siblings;
        this.channel = channel;
        this.placement = new SessionPlacement(this, client.container());
        this.links = new ClientLinks(client.share(), client.incomplete(), siblings.transactions());
        this.wait = new BoundedWait(client, this);
        this.deliveries = new DeliveriesToClient(client.share(), client.maxFrameSize(), channel, windows);
        this.flow = new ClientCredit(this, links, windows, deliveries);
        this.published = new DeliveriesFromClient(this, windows, flow);
        this.attaching = new Attaching(client.share(), this, links, flow);
        this.detaching = new Detaching(this, links, deliveries);
        this.dispositions = new ClientDispositions(this, links, siblings.transactions(), detaching);
    }

    @Override
    public ClientConnection10 session() {
        return client;
    }

    @Override
    public int number() {
        return channel;
    }

    @Override
    public @Nullable UpstreamSession upstream() {
        return upstream;
    }

    @Override
    public @Nullable Slot slot() {
        return upstream;
    }

    @Override
    public boolean wantsPrepared() {
        return placement.wanted() != null;
    }

    @Override
    public @Nullable SenderRequest wanted() {
        return placement.wanted();
    }

    @Override
    public boolean needsOwnConnection() {
        return placement.needs().isForItsContainer();
    }

    @Override
    public boolean belongsWithOthers() {
        return placement.needs().belongsWithOthers();
    }

    @Override
    public boolean maySettleForOthers() {
        return placement.needs().maySettleForOthers();
    }

    @Override
    public void onPlaced(Purpose purpose) {
        placement.settle(client.gateway(), upstream);
    }

    @Override
    public void moveAway() {
        UpstreamSession left = upstream;
        if (left != null) {
            attaching.takeAlong();
            leave(left);
        }
    }

    @Override
    public void onLeased(Slot slot) {
        UpstreamSession leased = (UpstreamSession) slot;
        leased.lease(this);
        placement.endWithClientIfNeeded(leased);
        upstream = leased;
    }

    @Override
    public FrameComposer composer(CompositeType type) {
        return client.context().composer().begin(channel, type);
    }

    /** Unless the session is over: it is where the client could not take this. */
    @Override
    public void write(FrameComposer frame) {
        if (state == State.ENDING) {
            return;
        }
        int most = client.maxFrameSize();
        if (frame.fits(most)) {
            client.write(frame);
        } else {
            fail(AmqpError.session(AmqpError.FRAME_SIZE_TOO_SMALL, frame.tooLarge(most)));
        }
    }

    // The client's frames.

    void begin(Performative begin) {
        windows.onBegin(begin);
        links.onBegin(begin);
        write(windows.appendToBegin(composer(CompositeType.BEGIN).ushort(channel))
                .uint(ClientLinks.HANDLE_MAX));
    }

    /** Returns whether the frame was taken; otherwise the client has to wait. */
    boolean onFrame(Performative performative, int end) throws AmqpError {
        if (state == State.ENDING) {
            if (performative.type() == CompositeType.END) {
                siblings.remove(this);
            }
            return true;
        }
        if (upstream != null && client.backpressure().forRoomIfFull(upstream.session())) {
            return false;
        }
        boolean isTaken = take(performative, end);
        if (isTaken) {
            wait.end();
        }
        return isTaken;
    }

    private boolean take(Performative performative, int end) throws AmqpError {
        switch (performative.type()) {
            case ATTACH -> {
                return attach(performative);
            }
            case FLOW -> {
                return flow.byClient(performative);
            }
            case TRANSFER -> {
                return transfer(performative, end);
            }
            case DISPOSITION -> dispositions.byClient(performative);
            case DETACH -> detaching.byClient(performative);
            case END -> end(true);
            default -> throw AmqpError.connection(AmqpError.NOT_ALLOWED, "unexpected " + performative);
        }
        return true;
    }

    private boolean attach(Performative attach) throws AmqpError {
        links.checkHandle(attach);
        SenderRequest request = SenderRequests.of(client.loop()).read(attach);
        UpstreamSession bound = upstream;
        boolean moves = bound != null && placement.needs().isPlain() && attaching.hasToMove(bound, attach);
        if (bound != null && moves && !attaching.canMove(bound)) {
            return false;
        }
        boolean manages = siblings.manages(attach);
        boolean isTransacting = siblings.transactTogether(attach);
        if (bound == null || moves) {
            wait.end();
            boolean isBound = placement.bind(client.gateway(), attach, request, manages, isTransacting);
            bound = upstream;
            if (!isBound || bound == null || client.backpressure().forRoomIfFull(bound.session())) {
                return false;
            }
        } else {
            placement.stay(client.gateway(), bound, attach, manages);
        }
        attaching.bring(bound);
        siblings.steal(attach, bound.session().brokerOpen().isQpid());
        boolean isJoined = bound.session().brokerOpen().joinsLinks() && links.join(attach);
        return isJoined || attaching.attach(bound, attach, request);
    }

    /** What is said of windows and credit. */
    ClientCredit flow() {
        return flow;
    }

    /** How its links end. */
    Detaching detaching() {
        return detaching;
    }

    private boolean transfer(Performative transfer, int end) throws AmqpError {
        ClientLink entry = links.sending(transfer);
        if (!entry.isLive()) {
            published.drop(transfer);
            return true; // It crossed the detach.
        }
        UpstreamSession bound = upstream;
        if (bound == null) {
            throw AmqpError.session(AmqpError.UNATTACHED_HANDLE, "transfer on a session without a link");
        }
        if (bound.sender().isStalled() || entry.mustWait(transfer, bound)) {
            waitFor(bound);
            return false;
        }
        published.countTransfer();
        if (placement.needs().manages()
                && entry.isAt(ManagementLinks.ADDRESS::equals)
                && ManagementLinks.mayDeclareExclusive(transfer, end)) {
            placement.onManaging(client.gateway(), bound);
        }
        try {
            published.take(entry, transfer, end, bound);
        } catch (AmqpError offence) {
            if (offence.scope() != AmqpError.Scope.LINK) {
                throw offence;
            }
            detaching.byProxy(entry, bound, offence);
        }
        return true;
    }

    @Override
    public void waitFor(UpstreamSession bound) {
        client.backpressure().forRoom(bound.session());
        wait.begin();
    }

    /** What the broker owes the session has not come, unless it is the broker that takes nothing at present. */
    @Override
    public void onWaitedTooLong() {
        UpstreamSession bound = upstream;
        if (bound != null && bound.sender().isHeldBack()) {
            wait.begin();
        } else if (bound != null) {
            fail(AmqpError.session(
                    AmqpError.RESOURCE_LIMIT_EXCEEDED,
                    "the broker has not answered what came before for "
                            + TimeUnit.NANOSECONDS.toSeconds(BoundedWait.MOST) + " s"));
            client.backpressure().onRoom();
        }
    }

    /** Adds the messages of a lease that has not ended. */
    void addBound(TrafficCounters sum) {
        lease().addTo(sum);
    }

    private SessionLease lease() {
        return new SessionLease(this, published, deliveries);
    }

    /** Whether the transaction whose id is at this offset was declared here on this connection, and is open. */
    boolean hasTransaction(Amqp10Connection connection, ByteBuffer in, int id) {
        UpstreamSession bound = upstream;
        return bound != null && bound.session() == connection && bound.links().hasTransaction(in, id);
    }

    boolean hasLink(byte[] name, boolean isReceiver) {
        return links.named(name, !isReceiver) != null;
    }

    /** Detaches links. Returns how many. */
    int detachLinks(FaultFilter which, AmqpError why) {
        return state == State.ENDING ? 0 : detaching.byProxy(which, why);
    }

    /** {@return the addresses of its links} */
    List<String> addresses() {
        return links.chosen(entry -> true).stream().map(ClientLink::address).toList();
    }

    /** Ends the session if it is chosen, unless it has ended. Returns whether that was so. */
    boolean endFor(FaultFilter which, AmqpError why) {
        if (state == State.ENDING || !which.takes(channel, addresses())) {
            return false;
        }
        fail(why);
        client.backpressure().onRoom(); // What it waited for is nobody's any more.
        return true;
    }

    /** The client has ended the session, or its connection only, and hears of that behind what the broker owes it. */
    void end(boolean isEnded) {
        ClientSessionEnd end = new ClientSessionEnd(client, channel, links, isEnded, siblings::onEndAnswered);
        UpstreamSessionEnd owing = upstream == null ? null : upstream.beginEnd(end);
        abandon();
        siblings.remove(this);
        siblings.beginEnd(end, owing);
    }

    /** The client did something that costs the session, unless that has ended already. */
    void fail(AmqpError offence) {
        if (state == State.ENDING) {
            return;
        }
        detaching.tellUnanswered();
        abandon();
        state = State.ENDING;
        client.write(composer(CompositeType.END).error(offence.condition(), offence.text()));
    }

    /** How many links it has. */
    int links() {
        return links.count();
    }

    /** The session, or its client, is gone: what it had is given back. */
    void abandon() {
        wait.end();
        links.drop();
        client.gateway().forgo(this);
        UpstreamSession left = upstream;
        if (left != null) {
            leave(left);
        }
    }

    private void leave(UpstreamSession left) {
        upstream = null;
        lease().leave(left);
    }

    // The broker's frames.

    @Override
    public int window() {
        return deliveries.window(upstream);
    }

    @Override
    public int nextDelivery() {
        return deliveries.next();
    }

    @Override
    public void onAttach(BrokerLink link, Performative attach) {
        attaching.onAttached(link, attach);
    }

    @Override
    public void onFlow(BrokerLink link, Performative said) {
        flow.byBroker(link, said);
    }

    @Override
    public void onTransfer(BrokerLink link, Performative transfer, int end) {
        UpstreamSession from = upstream;
        if (from == null || !client.isListening() || !links.isKnown(link)) {
            return;
        }
        try {
            deliveries.pass(from, link, transfer, end);
        } catch (AmqpError impossible) {
            fail(impossible);
        }
    }

    @Override
    public void onOutcome(int first, int last, Performative disposition) {
        dispositions.onOutcome(first, last, disposition);
    }

    @Override
    public void onSettled(int first, int last, Performative disposition) {
        dispositions.onSettled(first, last, disposition);
    }

    @Override
    public void onDetach(BrokerLink link, Performative detach) {
        detaching.byBroker(link, detach);
    }

    @Override
    public void onDetachOnPurpose(BrokerLink link, AmqpError why) {
        detaching.onPurpose(link, why);
    }

    @Override
    public void onBrokerEnd(UpstreamSession ended, Performative end) {
        client.gateway().forgo(this);
        upstream = null;
        wait.end();
        links.drop();
        lease().end(ended, Outcome.CLOSED, Reason.BROKER_CLOSED);
        state = State.ENDING;
        client.backpressure().onRoom();
        client.write(composer(CompositeType.END).copyError(end, Performative.END_ERROR, client.maxFrameSize()));
    }

    @Override
    public void onRoom() {
        client.backpressure().onRoom();
    }

    void onSent() {
        UpstreamSession bound = upstream;
        if (bound != null) {
            bound.widen();
        }
    }

    @Override
    public void onUpstreamLost(UpstreamSession lost, CloseCause ending) {
        upstream = null;
        wait.end();
        links.lose();
        lease().end(lost, Outcome.LOST, Reason.UPSTREAM_LOST);
        if (lost.isAtStake()) {
            client.onUpstreamLost(ending);
        }
    }

    @Override
    public String toString() {
        return client + " session " + channel + ' ' + state;
    }
}
