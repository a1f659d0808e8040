package io.amqproxy.impl.amqp10.session;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Type;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One session at the broker (part 2, section 2.5), which one session of a client has at a time. {@link Slot} draws its
 * life.
 *
 * <p>The numbers of transfers and the windows are those of this hop: what the client takes is told to the broker as
 * what the proxy takes, so that a client that reads slowly slows its own session and no other. Deliveries that the
 * broker sends are numbered for the client from 0 on.
 */
public final class UpstreamEndpoint implements Slot {

    /** More links than brokers allow on a session. */
    private static final int MAX_HANDLES = 256;

    /** What the broker may send before the client has said how much it takes. */
    private static final int FIRST_WINDOW = 64;

    private static final int OUTGOING_WINDOW = Integer.MAX_VALUE;

    /** Where {@link #gather} leaves room for the delivery's number: behind the handle and a constructor. */
    private static final int ID_AT = FrameComposer.FIRST_FIELD + 6;

    private final Amqp10Connection connection;
    private final int channel;
    private State state = State.IDLE;
    private @Nullable SessionHolder holder;
    private long releasedAt;
    private long toldToCloseAt;

    private boolean begun;
    private int brokerChannel = -1;
    private final @Nullable BrokerLink[] links = new BrokerLink[MAX_HANDLES];
    private int attached;
    private int handleMax = MAX_HANDLES - 1;

    // Towards the broker.
    private int nextOutgoingId;
    private int remoteWindow;
    private final DeliveryIds sent = new DeliveryIds();
    /** Transfers for which the broker's window has no room. */
    private final ByteQueue backlog;

    private boolean presettled;
    private boolean awaitsSettling;
    private boolean receives;

    // From the broker.
    private int nextIncomingId;
    private int window = FIRST_WINDOW;
    private boolean hasReceived;
    private int firstDelivery;
    /** The newest, by the client's number. */
    private int lastDelivery;

    public UpstreamEndpoint(Amqp10Connection connection, int channel, ByteQueue backlog) {
        this.connection = connection;
        this.channel = channel;
        this.backlog = backlog;
    }

    /** Asks the broker for the session; what follows need not wait for the answer. */
    public void begin() {
        composer(Type.BEGIN)
                .none()
                .uint(nextOutgoingId)
                .uint(window)
                .uint(OUTGOING_WINDOW)
                .uint(MAX_HANDLES - 1)
                .to(connection.out());
        connection.flush();
    }

    private FrameComposer composer(Type type) {
        return connection.composer().begin(channel, type);
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
        return receives ? Reason.CONSUMER : sent.isSettled() ? Reason.NO_FENCE : Reason.UNACKED;
    }

    @Override
    public boolean isPrepared() {
        return false;
    }

    @Override
    public boolean suits(LeaseHolder wanting) {
        return true;
    }

    @Override
    public boolean hasServedSince(long time) {
        return false; // It serves once.
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
    }

    /** The client needs nothing more of the session. */
    public void forgetHolder() {
        holder = null;
        releasedAt = connection.now();
    }

    @Override
    public void close() {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        toldToCloseAt = connection.now();
        moveBacklog();
        composer(Type.END).to(connection.out());
        connection.flush();
        connection.owner().onChannelClosing(this);
    }

    /** What was published and the window has no room for is sent all the same, or lost with the session. */
    private void moveBacklog() {
        drainBacklog();
        backlog.clear();
    }

    // Links.

    /** A handle that is free at the broker, or -1. */
    public int freeHandle() {
        for (int handle = 0; handle <= Math.min(handleMax, MAX_HANDLES - 1); handle++) {
            if (links[handle] == null) {
                return handle;
            }
        }
        return -1;
    }

    /** Passes on what the client asks for. */
    public void attach(BrokerLink link, Performative attach) {
        links[link.handle()] = link;
        attached++;
        receives |= !link.isClientSending();
        composer(Type.ATTACH)
                .string(link.name())
                .uint(link.handle())
                .copy(attach, Performative.ATTACH_ROLE, Performative.ATTACH_PROPERTIES)
                .to(connection.out());
        connection.flush();
    }

    public void detach(BrokerLink link, Performative detach) {
        composer(Type.DETACH)
                .uint(link.handle())
                .copy(detach, Performative.DETACH_CLOSED, Performative.DETACH_ERROR)
                .to(connection.out());
        connection.flush();
        if (link.state() == BrokerLink.State.DETACH_RECEIVED) {
            forget(link);
        } else {
            link.become(BrokerLink.State.DETACH_SENT);
        }
    }

    /** Ends a link for the proxy's own reasons; the client has been told. */
    public void detach(BrokerLink link) {
        composer(Type.DETACH).uint(link.handle()).bool(true).to(connection.out());
        connection.flush();
        link.become(BrokerLink.State.DETACH_SENT);
    }

    private void forget(BrokerLink link) {
        links[link.handle()] = null;
        attached--;
    }

    private @Nullable BrokerLink byBrokerHandle(int handle) {
        for (BrokerLink link : links) {
            if (link != null && link.brokerHandle() == handle) {
                return link;
            }
        }
        return null;
    }

    // Flow.

    /** Passes on what the client says of a link, or of the session. */
    public void flow(@Nullable BrokerLink link, Performative flow) {
        takeWindow();
        FrameComposer frame = flowOfSession();
        if (link == null) {
            frame.none().none().none().none().none().copy(flow, Performative.FLOW_ECHO);
        } else {
            frame.uint(link.handle()).copy(flow, Performative.FLOW_DELIVERY_COUNT, Performative.FLOW_PROPERTIES);
        }
        frame.to(connection.out());
        connection.flush();
    }

    private void takeWindow() {
        SessionHolder to = holder;
        if (to != null) {
            window = to.window();
        }
    }

    /** Tells the broker of a window that has become larger, if that is worth it. */
    public void widen() {
        SessionHolder to = holder;
        if (to == null || state != State.LEASED || !receives) {
            return;
        }
        int wanted = to.window();
        if (wanted > 0 && wanted - window >= wanted / 2) {
            window = wanted;
            flowOfSession().to(connection.out());
            connection.flush();
        }
    }

    private FrameComposer flowOfSession() {
        FrameComposer frame = composer(Type.FLOW);
        if (begun) {
            frame.uint(nextIncomingId);
        } else {
            frame.none();
        }
        return frame.uint(window).uint(nextOutgoingId).uint(OUTGOING_WINDOW);
    }

    // What the client sends.

    /** Whether the client has to wait before it sends more. */
    public boolean isStalled() {
        return !backlog.isEmpty() || sent.isFull();
    }

    /**
     * Writes a transfer of a delivery that comes in parts as the broker gets it; the delivery's number is put in by
     * {@link #send}.
     *
     * @param isFirst whether it begins the delivery
     * @return how many frames there are
     */
    public int gather(BrokerLink link, Performative transfer, int end, boolean isFirst, ByteQueue into) {
        return compose(link, transfer, end, isFirst, 0, into);
    }

    private int compose(BrokerLink link, Performative transfer, int end, boolean isFirst, int id, ByteQueue into) {
        int most = connection.brokerOpen().maxFrameSize();
        ByteBuffer in = transfer.buffer();
        int at = transfer.end();
        FrameComposer frame = composer(Type.TRANSFER).uint(link.handle());
        if (isFirst) {
            frame.uint(id);
        } else {
            frame.none();
        }
        frame.copy(transfer, Performative.TRANSFER_DELIVERY_TAG, Performative.TRANSFER_SETTLED);
        int moreAt = frame.length();
        frame.bool(transfer.bool(Performative.TRANSFER_MORE))
                .copy(transfer, Performative.TRANSFER_RCV_SETTLE_MODE, Performative.TRANSFER_BATCHABLE);
        int room = most - frame.length();
        if (end - at <= room) {
            frame.to(into, in, at, end);
            return 1;
        }
        frame.changeBool(moreAt, true);
        frame.to(into, in, at, at + room);
        int frames = 1;
        for (at += room; at < end; frames++) {
            frame = composer(Type.TRANSFER)
                    .uint(link.handle())
                    .none()
                    .none()
                    .none()
                    .none();
            int part = Math.min(end - at, most - frame.length() - 1);
            frame.bool(at + part < end || transfer.bool(Performative.TRANSFER_MORE))
                    .to(into, in, at, at + part);
            at += part;
        }
        return frames;
    }

    /** Sends a delivery that lies here as a whole, with its payload up to this offset. */
    public void send(BrokerLink link, Performative transfer, int end, int clientId, boolean isSettled) {
        int id = sent.add(clientId, isSettled);
        presettled |= isSettled;
        connection.traffic().published++;
        int most = connection.brokerOpen().maxFrameSize();
        boolean fits = backlog.isEmpty() && remoteWindow > (end - transfer.end()) / (most / 2);
        ByteQueue into = fits ? connection.out() : backlog;
        long before = into.size();
        int frames = compose(link, transfer, end, true, id, into);
        connection.traffic().bytesIn += into.size() - before;
        if (into == backlog) {
            drainBacklog();
        } else {
            remoteWindow -= frames;
            nextOutgoingId += frames;
            connection.flush();
        }
    }

    /** Sends a delivery that was gathered, of so many frames, and takes it over. */
    public void send(ByteQueue delivery, int frames, int clientId, boolean isSettled) {
        delivery.putInt(ID_AT, sent.add(clientId, isSettled));
        presettled |= isSettled;
        connection.traffic().published++;
        connection.traffic().bytesIn += delivery.size();
        if (backlog.isEmpty() && remoteWindow >= frames) {
            remoteWindow -= frames;
            nextOutgoingId += frames;
            connection.out().take(delivery);
            connection.flush();
        } else {
            backlog.take(delivery);
            drainBacklog();
        }
    }

    private void drainBacklog() {
        while (remoteWindow > 0 && !backlog.isEmpty()) {
            remoteWindow--;
            nextOutgoingId++;
            backlog.moveFirst(backlog.firstInt() & 0xFFFF_FFFFL, connection.out());
            connection.flush();
        }
    }

    /**
     * The client says what became of deliveries that it got; these are its numbers. A range goes no further than what
     * it got: brokers look at each number of one.
     */
    public void settle(int first, int lastSaid, Performative disposition) {
        int last = lastSaid - lastDelivery > 0 ? lastDelivery : lastSaid;
        if (!hasReceived || last - first < 0) {
            return;
        }
        composer(Type.DISPOSITION)
                .bool(true)
                .uint(first + firstDelivery)
                .uint(last + firstDelivery)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE)
                .to(connection.out());
        connection.flush();
    }

    /**
     * Whether the broker has told outcomes that it wants to be settled. A client that settles before the outcome does
     * so for itself only: some brokers end the session or the connection of whoever does.
     */
    public boolean awaitsSettling() {
        return awaitsSettling;
    }

    /** The client settles deliveries whose outcome it knows, by its numbers; each that is kept is looked at once. */
    public void settleSent(int first, int last, Performative disposition) {
        int id = sent.oldest();
        while (id != sent.next()) {
            int from = id;
            while (id != sent.next() && sent.isOpenIn(id, first, last)) {
                sent.settle(id++);
            }
            if (id == from) {
                id++;
            } else {
                tellSettled(from, id - 1, disposition);
            }
        }
        sent.forgetSettled();
    }

    private void tellSettled(int first, int last, Performative disposition) {
        composer(Type.DISPOSITION)
                .bool(false)
                .uint(first)
                .uint(last)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE)
                .to(connection.out());
        connection.flush();
    }

    // What the broker sends.

    public void onBegin(int ofBroker, Performative begin) {
        begun = true;
        brokerChannel = ofBroker;
        nextIncomingId = begin.uint(Performative.BEGIN_NEXT_OUTGOING_ID, 0);
        remoteWindow = begin.uint(Performative.BEGIN_INCOMING_WINDOW, 0);
        handleMax = (int) Math.min(
                Integer.toUnsignedLong(begin.uint(Performative.BEGIN_HANDLE_MAX, Integer.MAX_VALUE)), MAX_HANDLES - 1L);
        drainBacklog();
    }

    public void onAttach(Performative attach) throws AmqpError {
        String name = attach.text(Performative.ATTACH_NAME);
        for (BrokerLink link : links) {
            if (link != null
                    && link.name().equals(name)
                    && link.state() != BrokerLink.State.ATTACHED
                    && link.isClientSending() == attach.bool(Performative.ATTACH_ROLE)) {
                link.onBrokerHandle(attach.uint(Performative.ATTACH_HANDLE, 0));
                if (link.state() == BrokerLink.State.ATTACHING) {
                    link.become(BrokerLink.State.ATTACHED);
                    if (holder != null) {
                        holder.onAttach(link, attach);
                    }
                }
                return;
            }
        }
        if (state == State.LEASED) {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, "attach of a link that nobody asked for");
        }
    }

    public void onFlow(Performative flow) {
        int known = flow.uint(Performative.FLOW_NEXT_INCOMING_ID, 0);
        remoteWindow = flow.uint(Performative.FLOW_INCOMING_WINDOW, 0) - (nextOutgoingId - known);
        drainBacklog();
        SessionHolder to = holder;
        if (to == null) {
            return;
        }
        BrokerLink link =
                flow.has(Performative.FLOW_HANDLE) ? byBrokerHandle(flow.uint(Performative.FLOW_HANDLE, 0)) : null;
        if (link == null && flow.bool(Performative.FLOW_ECHO)) {
            flowOfSession().to(connection.out());
            connection.flush();
        } else if (link != null && link.state() == BrokerLink.State.ATTACHED) {
            to.onFlow(link, flow);
        }
        if (!isStalled()) {
            to.onRoom();
        }
    }

    public void onTransfer(Performative transfer, int end) {
        nextIncomingId++;
        window--;
        SessionHolder to = holder;
        BrokerLink link = byBrokerHandle(transfer.uint(Performative.TRANSFER_HANDLE, 0));
        if (to == null || link == null) {
            return;
        }
        if (!hasReceived && transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            hasReceived = true;
            firstDelivery = transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0);
        }
        if (transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            lastDelivery = clientDelivery(transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0));
        }
        if (!transfer.bool(Performative.TRANSFER_MORE)) {
            connection.traffic().delivered++;
        }
        to.onTransfer(link, transfer, end);
        widen();
    }

    /** The client's number of a delivery of the broker. */
    public int clientDelivery(int id) {
        return id - firstDelivery;
    }

    public void onDisposition(Performative disposition) {
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int last = disposition.uint(Performative.DISPOSITION_LAST, first);
        SessionHolder to = holder;
        if (!disposition.bool(Performative.DISPOSITION_ROLE)) {
            if (to != null) {
                to.onSettled(clientDelivery(first), clientDelivery(last), disposition);
            }
            return;
        }
        boolean isSettled = disposition.bool(Performative.DISPOSITION_SETTLED);
        awaitsSettling |= !isSettled;
        int from = sent.firstOf(first);
        int end = sent.endOf(last);
        while (end - from > 0) {
            int next = from + 1;
            while (next != end && sent.clientId(next) == sent.clientId(next - 1) + 1) {
                next++;
            }
            if (to != null) {
                to.onOutcome(sent.clientId(from), sent.clientId(next - 1), disposition);
            }
            for (int id = from; isSettled && id != next; id++) {
                sent.settle(id);
            }
            from = next;
        }
        sent.forgetSettled();
        if (to != null && !isStalled()) {
            to.onRoom();
        }
    }

    public void onDetach(Performative detach) {
        BrokerLink link = byBrokerHandle(detach.uint(Performative.DETACH_HANDLE, 0));
        if (link == null) {
            return;
        }
        boolean isAnswer = link.state() == BrokerLink.State.DETACH_SENT;
        SessionHolder to = holder;
        if (!isAnswer && to == null) {
            composer(Type.DETACH).uint(link.handle()).bool(true).to(connection.out());
            connection.flush();
        }
        if (isAnswer || to == null) {
            forget(link);
        } else {
            link.become(BrokerLink.State.DETACH_RECEIVED);
        }
        if (to != null) {
            to.onDetach(link, detach);
        }
    }

    public void onEnd(Performative end) {
        boolean isAnswer = state == State.CLOSING;
        state = State.CLOSED;
        SessionHolder to = holder;
        holder = null;
        backlog.clear();
        if (!isAnswer) {
            composer(Type.END).to(connection.out());
            connection.flush();
        }
        connection.onEnded(this);
        if (to != null && isAnswer) {
            to.onUpstreamClosed(this);
        } else if (to != null) {
            to.onBrokerEnd(this, end);
        }
    }

    /** The connection is gone. */
    public void onLost(CloseCause ending) {
        state = State.CLOSED;
        backlog.clear();
        SessionHolder to = holder;
        holder = null;
        if (to != null) {
            to.onUpstreamLost(this, ending);
        }
    }

    /** Whether the client has something at the broker that depends on the session. */
    public boolean isAtStake() {
        return attached > 0 || !sent.isSettled() || presettled;
    }

    @Override
    public String toString() {
        return connection + " session " + channel + ' ' + state;
    }
}
