package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseInfo;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.SenderRequest;
import io.amqproxy.impl.amqp10.session.SessionHolder;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Traffic;
import io.amqproxy.impl.pool.spi.FaultFilter;
import io.amqproxy.impl.pool.spi.FaultJudge;
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
final class ClientSession implements SessionHolder, Attaching.Host, BoundedWait.Waiter {

    /** All sessions of the client. */
    interface Siblings {

        /** The channel is free on both sides. */
        void remove(ClientSession session);

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

    private static final String STOLEN_TEXT = "the link is attached elsewhere";

    private final ClientConnection10 client;
    private final Siblings siblings;
    private final int channel;
    private State state = State.OPEN;
    private final SessionNeeds needs = new SessionNeeds();

    private @Nullable UpstreamSession upstream;
    private final ClientLinks links;
    /** What the attach that the session waits with asks for. */
    private @Nullable SenderRequest wanted;

    private final ClientWindows windows = new ClientWindows();
    private long published;
    private final DeliveriesToClient deliveries;
    private final Attaching attaching;
    private final BoundedWait wait;

    ClientSession(ClientConnection10 client, Siblings siblings, int channel) {
        this.client = client;
        this.siblings = siblings;
        this.channel = channel;
        this.links = new ClientLinks(client.share(), client.incomplete(), siblings.transactions());
        this.wait = new BoundedWait(client, this);
        this.attaching = new Attaching(client.share(), this, links);
        this.deliveries = new DeliveriesToClient(client.share(), client.maxFrameSize(), channel, windows);
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
    public @Nullable Slot slot() {
        return upstream;
    }

    @Override
    public boolean wantsPrepared() {
        return wanted != null;
    }

    @Override
    public @Nullable SenderRequest wanted() {
        return wanted;
    }

    @Override
    public boolean needsOwnConnection() {
        return needs.isForItsContainer();
    }

    @Override
    public boolean belongsWithOthers() {
        return needs.belongsWithOthers();
    }

    @Override
    public void goOn() {}

    @Override
    public void onPlaced(Purpose purpose) {}

    @Override
    public void moveAway() {
        if (upstream != null) {
            throw new IllegalStateException("a session stays where its links are");
        }
    }

    @Override
    public void onLeased(Slot slot) {
        UpstreamSession leased = (UpstreamSession) slot;
        leased.lease(this);
        if (needs.isForItsContainer()) {
            leased.session().endWithClient();
        }
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
                return flow(performative);
            }
            case TRANSFER -> {
                return transfer(performative, end);
            }
            case DISPOSITION -> disposition(performative);
            case DETACH -> detach(performative);
            case END -> end();
            default -> throw AmqpError.connection(AmqpError.NOT_ALLOWED, "unexpected " + performative);
        }
        return true;
    }

    private boolean attach(Performative attach) throws AmqpError {
        links.checkHandle(attach);
        SenderRequest request = SenderRequest.of(attach);
        if (upstream != null && needs.isPlain() && attaching.hasToMove(upstream, attach)) {
            if (!attaching.canMove(upstream)) {
                return false;
            }
            leave(upstream);
        }
        boolean manages = siblings.manages(attach);
        boolean isTransacting = siblings.transactTogether(attach);
        UpstreamSession bound = upstream;
        if (bound == null) {
            wanted = request;
            boolean isBound = client.gateway().lease(this, needs.onFirst(attach, manages, isTransacting));
            bound = upstream;
            if (!isBound || bound == null || client.backpressure().forRoomIfFull(bound.session())) {
                return false;
            }
        } else if (needs.onLater(attach, manages)) {
            client.gateway().reserve(this);
            if (needs.isForItsContainer()) {
                bound.session().endWithClient();
            }
        }
        attaching.bring(bound);
        siblings.steal(attach, bound.session().brokerOpen().isQpid());
        boolean isJoined = bound.session().brokerOpen().joinsLinks() && links.join(attach);
        return isJoined || attaching.attach(bound, attach, request);
    }

    @Override
    public void tellCredit(BrokerLink link) {
        tellCredit(link, link.credit() > 0 && links.withholdsCredit(link, channel, client.judge()) ? 0 : link.credit());
    }

    private void tellCredit(BrokerLink link, int credit) {
        write(flowOfSession()
                .uint(link.handleToClient())
                .uint(link.countOfClient())
                .uint(credit));
    }

    /** Tells the client of credit that is no more withheld on purpose, or withheld from now on. */
    void reviewCredit(boolean wasWithheld) {
        for (BrokerLink link : links.withCredit(wasWithheld)) {
            if (links.withholdsCredit(link, channel, client.judge()) != wasWithheld) {
                tellCredit(link, wasWithheld ? link.credit() : 0);
            }
        }
    }

    private boolean flow(Performative flow) throws AmqpError {
        windows.onFlow(flow);
        UpstreamSession bound = upstream;
        if (flow.has(Performative.FLOW_HANDLE)) {
            ClientLinks.Entry entry = links.known(flow.uint(Performative.FLOW_HANDLE, 0), flow);
            if (bound == null || !entry.isLive()) {
                return true;
            }
            if (entry.link().isClientSending() && bound.isStalled()) {
                waitFor(bound); // It counts what the broker has not got.
                return false;
            }
            bound.flow(entry.link(), flow, entry.pending());
            return true;
        }
        if (flow.bool(Performative.FLOW_ECHO)) {
            write(flowOfSession());
        }
        if (bound != null) {
            bound.narrow(deliveries.bound(bound));
            bound.widen();
        }
        return true;
    }

    private FrameComposer flowOfSession() {
        return windows.appendToFlow(composer(CompositeType.FLOW));
    }

    private boolean transfer(Performative transfer, int end) throws AmqpError {
        ClientLinks.Entry entry = links.sending(transfer);
        if (!entry.isLive()) {
            countTransfer();
            windows.onDropped(transfer);
            return true; // It crossed the detach.
        }
        UpstreamSession bound = upstream;
        if (bound == null) {
            throw AmqpError.session(AmqpError.UNATTACHED_HANDLE, "transfer on a session without a link");
        }
        if (hasToWait(bound, entry, transfer)) {
            waitFor(bound);
            return false;
        }
        countTransfer();
        if (needs.manages()
                && entry.isAt(ManagementLinks.ADDRESS::equals)
                && ManagementLinks.mayDeclareExclusive(transfer, end)) {
            client.gateway().reserve(this);
            bound.session().endWithClient();
        }
        try {
            take(entry, transfer, end, bound);
        } catch (AmqpError offence) {
            if (offence.scope() != AmqpError.Scope.LINK) {
                throw offence;
            }
            detach(entry, bound, offence);
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
        if (bound != null && bound.isHeldBack()) {
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
    void addBound(Traffic sum) {
        sum.published += published;
        sum.delivered += deliveries.count();
    }

    private static boolean hasToWait(UpstreamSession bound, ClientLinks.Entry entry, Performative transfer) {
        return bound.isStalled() || entry.mustWait(transfer, bound);
    }

    private void take(ClientLinks.Entry entry, Performative transfer, int end, UpstreamSession bound) throws AmqpError {
        JudgedOutcome.onTransfer(client.judge(), channel, transfer, end, entry);
        switch (entry.take(transfer, end, bound, windows)) {
            case SENT -> {
                published++;
                client.backpressure().countMessage();
            }
            case GIVEN_UP -> tellCredit(entry.link());
            case REJECTED -> {
                reject(transfer, entry);
                tellCredit(entry.link());
            }
            case GATHERED -> {}
        }
    }

    /** Says in the broker's place that a message is rejected, which it does not get. */
    private void reject(Performative transfer, ClientLinks.Entry entry) {
        if (!transfer.bool(Performative.TRANSFER_SETTLED)) {
            int id = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
            write(composer(CompositeType.DISPOSITION)
                    .bool(true)
                    .uint(id)
                    .uint(id)
                    .bool(true)
                    .rejected(entry.rejection(), "unknown or malformed transaction, or one too many"));
        }
    }

    /** Whether the transaction whose id is at this offset was declared here on this connection, and is open. */
    boolean hasTransaction(Amqp10Connection connection, ByteBuffer in, int id) {
        UpstreamSession bound = upstream;
        return bound != null && bound.session() == connection && bound.hasTransaction(in, id);
    }

    boolean hasLink(byte[] name, boolean isReceiver) {
        return links.named(name, !isReceiver) != null;
    }

    /** Another link of this container has its name from now on, as some brokers want it (section 2.6.1). */
    void steal(byte[] name, boolean isReceiver) {
        UpstreamSession bound = upstream;
        ClientLinks.Entry entry = links.named(name, !isReceiver);
        if (bound == null || entry == null || !entry.isLive()) {
            return;
        }
        detach(entry, bound, AmqpError.link(AmqpError.STOLEN, STOLEN_TEXT));
    }

    /**
     * Detaches a link for the proxy's own reasons. A client that receives is told when no delivery can come any more,
     * as it counts them, and any client behind the answer to its attach.
     */
    private void detach(ClientLinks.Entry entry, UpstreamSession bound, AmqpError why) {
        BrokerLink link = entry.link();
        if (!link.isClientSending() || link.state() == BrokerLink.State.ATTACHING) {
            entry.endFor(why);
            bound.detach(link);
        } else {
            links.fail(entry);
            bound.detach(link);
            write(composer(CompositeType.DETACH)
                    .uint(link.handleToClient())
                    .bool(true)
                    .error(why.condition(), why.text()));
        }
    }

    /** Detaches links; answers how many. */
    int detachLinks(FaultFilter which, AmqpError why) {
        UpstreamSession bound = upstream;
        if (bound == null || state == State.ENDING) {
            return 0;
        }
        List<ClientLinks.Entry> meant = links.chosen(entry -> which.takes(channel, List.of(entry.address())));
        meant.forEach(entry -> detach(entry, bound, why));
        return meant.size();
    }

    /** {@return the addresses of its links} */
    List<String> addresses() {
        return links.chosen(entry -> true).stream()
                .map(ClientLinks.Entry::address)
                .toList();
    }

    /** Ends the session if it is chosen, unless it has ended; returns whether that was so. */
    boolean endFor(FaultFilter which, AmqpError why) {
        if (state == State.ENDING || !which.takes(channel, addresses())) {
            return false;
        }
        fail(why);
        client.backpressure().onRoom(); // What it waited for is nobody's any more.
        return true;
    }

    private void countTransfer() throws AmqpError {
        if (windows.onTransfer()) {
            write(flowOfSession());
        }
    }

    private void disposition(Performative disposition) throws AmqpError {
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int last = disposition.uint(Performative.DISPOSITION_LAST, first);
        if (last - first < 0) {
            throw AmqpError.session(
                    AmqpError.INVALID_FIELD,
                    "disposition whose last, " + Integer.toUnsignedString(last) + ", comes before its first, "
                            + Integer.toUnsignedString(first));
        }
        UpstreamSession bound = upstream;
        if (bound == null) {
            return;
        }
        if (disposition.bool(Performative.DISPOSITION_ROLE)) {
            settle(first, last, disposition, bound);
        } else {
            bound.settleSent(first, last, disposition);
        }
    }

    private void settle(int first, int last, Performative disposition, UpstreamSession bound) throws AmqpError {
        try {
            siblings.transactions().check(disposition, first, last, bound);
        } catch (AmqpError offence) {
            BrokerLink link = bound.settlement().linkOf(first, last);
            ClientLinks.Entry entry = link == null ? null : links.of(link);
            if (offence.scope() != AmqpError.Scope.LINK || entry == null) {
                throw offence;
            }
            if (entry.isLive()) {
                detach(entry, bound, offence);
            }
            return;
        }
        bound.settle(first, last, disposition);
    }

    private void detach(Performative detach) {
        ClientLinks.Entry entry = links.remove(detach);
        UpstreamSession bound = upstream;
        if (entry == null || entry.isFailed() || bound == null) {
            return; // Of an unknown handle there is nothing to detach: brokers let it pass.
        }
        BrokerLink link = entry.link();
        if (bound.detach(link, detach)) {
            links.release(link);
            write(composer(CompositeType.DETACH)
                    .uint(link.handleToClient())
                    .copy(detach, Performative.DETACH_CLOSED, Performative.DETACH_CLOSED));
        }
    }

    private void end() {
        abandon();
        siblings.remove(this);
        client.write(composer(CompositeType.END));
    }

    /** The client did something that costs the session, or a link. */
    void fail(AmqpError offence) {
        abandon();
        state = State.ENDING;
        client.write(composer(CompositeType.END).error(offence.condition(), offence.text()));
    }

    boolean isBound() {
        return upstream != null;
    }

    /** How many links it has. */
    int links() {
        return links.count();
    }

    /** The session, or its client, is gone: what it had is given back. */
    void abandon() {
        wait.end();
        links.drop();
        UpstreamSession left = upstream;
        if (left == null) {
            client.gateway().forgo(this);
            return;
        }
        leave(left);
    }

    private void leave(UpstreamSession left) {
        upstream = null;
        Reason why = left.session().owner().whyNotReuse(left);
        if (why == Reason.CLEAN) {
            released(left, Outcome.REUSED, why);
            left.release();
        } else {
            left.forgetHolder();
            released(left, Outcome.CLOSED, why);
            left.close();
        }
    }

    private void released(UpstreamSession left, Outcome outcome, Reason reason) {
        long delivered = deliveries.endCount();
        client.countLease(published, delivered);
        client.loop()
                .events
                .channelReleased(
                        LeaseInfo.of(client.info(), channel, left.session().info(), left.number()),
                        Release.of(outcome, reason, published, delivered));
        published = 0;
        left.session().owner().onReleased(left, client);
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
        if (!links.isKnown(link)) {
            return; // The client was told that it is detached.
        }
        write(composer(CompositeType.ATTACH)
                .raw(link.clientName())
                .uint(link.handleToClient())
                .copy(attach, Performative.ATTACH_ROLE, Performative.ATTACH_PROPERTIES));
    }

    @Override
    public void onFlow(BrokerLink link, Performative flow) {
        if (!links.isKnown(link)) {
            return;
        }
        FrameComposer frame = flowOfSession().uint(link.handleToClient());
        if (flow.has(Performative.FLOW_DELIVERY_COUNT)) {
            frame.uint(link.countOfClient(flow.uint(Performative.FLOW_DELIVERY_COUNT, 0)));
        } else {
            frame.none();
        }
        if (link.isClientSending() && isGrant(flow) && links.withholdsCredit(link, channel, client.judge())) {
            write(frame.uint(0).copy(flow, Performative.FLOW_AVAILABLE, Performative.FLOW_PROPERTIES));
        } else {
            write(frame.copy(flow, Performative.FLOW_LINK_CREDIT, Performative.FLOW_PROPERTIES));
        }
    }

    /** Who drains asks for what there is, at once. */
    private static boolean isGrant(Performative flow) {
        return flow.uint(Performative.FLOW_LINK_CREDIT, 0) != 0 && !flow.bool(Performative.FLOW_DRAIN);
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
        FaultJudge judge = client.judge();
        if (judge == null || !JudgedOutcome.isJudged(disposition)) {
            passOn(true, first, last, disposition);
            return;
        }
        for (int id = first; id - last <= 0 && upstream != null; id++) {
            JudgedOutcome.tell(this, upstream, links, judge, id, disposition);
        }
    }

    @Override
    public void onSettled(int first, int last, Performative disposition) {
        passOn(false, first, last, disposition);
    }

    void passOn(boolean role, int first, int last, Performative disposition) {
        if (upstream == null) {
            return; // What was said before of these cost the session.
        }
        write(composer(CompositeType.DISPOSITION)
                .bool(role)
                .uint(first)
                .uint(last)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE));
    }

    @Override
    public void onDetach(BrokerLink link, Performative detach) {
        AmqpError why = links.whyDetached(link);
        if (!links.onDetached(link)) {
            return; // The client was told by the proxy.
        }
        FrameComposer frame = composer(CompositeType.DETACH).uint(link.handleToClient());
        if (why != null && !detach.has(Performative.DETACH_ERROR)) {
            write(frame.bool(true).error(why.condition(), why.text()));
        } else {
            write(frame.copy(detach, Performative.DETACH_CLOSED)
                    .copyError(detach, Performative.DETACH_ERROR, client.maxFrameSize()));
        }
    }

    @Override
    public void onBrokerEnd(UpstreamSession ended, Performative end) {
        upstream = null;
        wait.end();
        links.drop();
        released(ended, Outcome.CLOSED, Reason.BROKER_CLOSED);
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
    public void onUpstreamClosed(UpstreamSession closed) {}

    @Override
    public void onUpstreamLost(UpstreamSession lost, CloseCause ending) {
        upstream = null;
        wait.end();
        links.lose();
        released(lost, Outcome.LOST, Reason.UPSTREAM_LOST);
        if (lost.isAtStake()) {
            client.onUpstreamLost(ending);
        }
    }

    @Override
    public String toString() {
        return client + " session " + channel + ' ' + state;
    }
}
