package io.amqproxy.impl.amqp10.client;

import io.amqproxy.LeaseInfo;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Type;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.SessionHolder;
import io.amqproxy.impl.amqp10.session.UpstreamEndpoint;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
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
final class ClientEndpoint implements SessionHolder {

    private enum State {
        OPEN,
        ENDING
    }

    /** The most that the broker may have under way to a client that reads. */
    private static final int MOST_IN_FLIGHT = 1024;

    /** What the client may have under way to the proxy; it is told anew when half of it is used. */
    private static final int INCOMING_WINDOW = 2048;

    private final Amqp10Client client;
    private final int channel;
    private State state = State.OPEN;
    private @Nullable UpstreamEndpoint upstream;
    private final ClientLinks links = new ClientLinks();

    // From the client.
    private int nextIncomingId;
    private int incomingWindow = INCOMING_WINDOW;

    // Towards the client.
    private int nextOutgoingId;
    private int remoteWindow;

    private long published;
    private long delivered;

    ClientEndpoint(Amqp10Client client, int channel) {
        this.client = client;
        this.channel = channel;
    }

    @Override
    public Amqp10Client session() {
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
        return false;
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
        UpstreamEndpoint leased = (UpstreamEndpoint) slot;
        leased.lease(this);
        upstream = leased;
    }

    private FrameComposer composer(Type type) {
        return client.context().composer().begin(channel, type);
    }

    private void write(FrameComposer frame) {
        frame.to(client.out());
        client.flush();
    }

    // The client's frames.

    void begin(Performative begin) {
        nextIncomingId = begin.uint(Performative.BEGIN_NEXT_OUTGOING_ID, 0);
        remoteWindow = begin.uint(Performative.BEGIN_INCOMING_WINDOW, 0);
        write(composer(Type.BEGIN)
                .ushort(channel)
                .uint(nextOutgoingId)
                .uint(incomingWindow)
                .uint(Integer.MAX_VALUE)
                .uint(ClientLinks.HANDLE_MAX));
    }

    /** Answers whether the frame was taken; otherwise the client has to wait. */
    boolean onFrame(Performative performative, int end) throws AmqpError {
        if (state == State.ENDING) {
            if (performative.type() == Type.END) {
                client.sessions().remove(this);
            }
            return true;
        }
        switch (performative.type()) {
            case ATTACH -> {
                return attach(performative);
            }
            case FLOW -> flow(performative);
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
        int handle = links.checkedHandle(attach);
        UpstreamEndpoint bound = upstream;
        if (bound == null) {
            if (!client.gateway().lease(this, AttachRequest.purpose(attach))) {
                return false;
            }
            bound = upstream;
            if (bound == null) {
                return false;
            }
        }
        byte[] name = attach.raw(Performative.ATTACH_NAME);
        int brokerHandle = bound.freeHandle();
        if (brokerHandle < 0 || name == null) {
            throw AmqpError.session(AmqpError.RESOURCE_LIMIT_EXCEEDED, "too many links on the session");
        }
        String called = bound.session().introducedAs().equals(client.properties())
                ? String.valueOf(attach.text(Performative.ATTACH_NAME))
                : client.id() + "." + channel + '.' + attach.text(Performative.ATTACH_NAME);
        BrokerLink link = new BrokerLink(handle, brokerHandle, name, called, !attach.bool(Performative.ATTACH_ROLE));
        links.add(link);
        bound.attach(link, attach);
        return true;
    }

    private void flow(Performative flow) throws AmqpError {
        onWindow(flow);
        UpstreamEndpoint bound = upstream;
        if (flow.has(Performative.FLOW_HANDLE)) {
            BrokerLink link = links.attached(flow.uint(Performative.FLOW_HANDLE, 0), flow);
            if (bound != null && link.state() != BrokerLink.State.DETACH_RECEIVED) {
                bound.flow(link, flow);
            }
            return;
        }
        if (flow.bool(Performative.FLOW_ECHO)) {
            write(flowOfSession());
        }
        if (bound != null) {
            bound.widen();
        }
    }

    /** How many transfers the client takes, by what it had got when it said so (part 2, section 2.5.6). */
    private void onWindow(Performative flow) {
        int known = flow.uint(Performative.FLOW_NEXT_INCOMING_ID, 0);
        remoteWindow = flow.uint(Performative.FLOW_INCOMING_WINDOW, 0) - (nextOutgoingId - known);
    }

    private FrameComposer flowOfSession() {
        incomingWindow = INCOMING_WINDOW;
        return composer(Type.FLOW)
                .uint(nextIncomingId)
                .uint(incomingWindow)
                .uint(nextOutgoingId)
                .uint(Integer.MAX_VALUE);
    }

    private boolean transfer(Performative transfer, int end) throws AmqpError {
        ClientLinks.Entry entry = links.sending(transfer);
        UpstreamEndpoint bound = upstream;
        if (bound == null) {
            throw AmqpError.session(AmqpError.UNATTACHED_HANDLE, "transfer on a session without a link");
        }
        if (bound.isStalled() || bound.session().isFull()) {
            client.setWaitingForRoom(true);
            bound.session().tellWhenThereIsRoom(client);
            return false;
        }
        countTransfer();
        if (entry.take(transfer, end, bound, client)) {
            published++;
        }
        return true;
    }

    private void countTransfer() throws AmqpError {
        nextIncomingId++;
        incomingWindow--;
        if (incomingWindow < 0) {
            throw AmqpError.session(AmqpError.WINDOW_VIOLATION, "incoming window violated");
        }
        if (incomingWindow <= INCOMING_WINDOW / 2) {
            write(flowOfSession());
        }
    }

    private void disposition(Performative disposition) {
        UpstreamEndpoint bound = upstream;
        if (bound == null) {
            return;
        }
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int last = disposition.uint(Performative.DISPOSITION_LAST, first);
        if (disposition.bool(Performative.DISPOSITION_ROLE)) {
            bound.settle(first, last, disposition);
        } else if (bound.awaitsSettling()) {
            bound.settleSent(first, last, disposition);
        }
    }

    private void detach(Performative detach) throws AmqpError {
        ClientLinks.Entry entry = links.remove(detach);
        UpstreamEndpoint bound = upstream;
        entry.drop(client);
        if (bound != null) {
            bound.detach(entry.link(), detach);
        }
    }

    private void end() {
        abandon();
        client.sessions().remove(this);
        write(composer(Type.END));
    }

    /** The client did something that costs the session, or a link. */
    void fail(AmqpError offence) {
        abandon();
        state = State.ENDING;
        write(composer(Type.END).error(offence.condition(), offence.text()));
    }

    /** The session, or its client, is gone: what it had is given back. */
    void abandon() {
        links.drop(client);
        UpstreamEndpoint left = upstream;
        if (left == null) {
            client.gateway().forgo(this);
            return;
        }
        upstream = null;
        Reason why = left.leftover();
        left.forgetHolder();
        released(left, Outcome.CLOSED, why);
        left.close();
    }

    private void released(UpstreamEndpoint left, Outcome outcome, Reason reason) {
        client.loop()
                .events
                .channelReleased(
                        LeaseInfo.of(client.info(), channel, left.session().info(), left.number()),
                        Release.of(outcome, reason, published, delivered));
        left.session().owner().onReleased(left, client);
    }

    // The broker's frames.

    @Override
    public int window() {
        boolean isBehind = client.out().size() > Settings.OWNED_BACKLOG;
        return isBehind ? 0 : Math.max(0, Math.min(remoteWindow, MOST_IN_FLIGHT));
    }

    @Override
    public void onAttach(BrokerLink link, Performative attach) {
        write(composer(Type.ATTACH)
                .raw(link.clientName())
                .uint(link.clientHandle())
                .copy(attach, Performative.ATTACH_ROLE, Performative.ATTACH_PROPERTIES));
    }

    @Override
    public void onFlow(@Nullable BrokerLink link, Performative flow) {
        FrameComposer frame = flowOfSession();
        if (link != null) {
            frame.uint(link.clientHandle()).copy(flow, Performative.FLOW_DELIVERY_COUNT, Performative.FLOW_PROPERTIES);
        }
        write(frame);
    }

    @Override
    public void onTransfer(BrokerLink link, Performative transfer, int end) {
        UpstreamEndpoint from = upstream;
        if (from == null || !client.isListening()) {
            return;
        }
        delivered += transfer.bool(Performative.TRANSFER_MORE) ? 0 : 1;
        long before = client.out().size();
        int frames = compose(link, from, transfer, end);
        client.loop().bytesOut += client.out().size() - before;
        nextOutgoingId += frames;
        remoteWindow -= frames;
        client.flush();
    }

    private int compose(BrokerLink link, UpstreamEndpoint from, Performative transfer, int end) {
        ByteBuffer in = transfer.buffer();
        int at = transfer.end();
        FrameComposer frame = composer(Type.TRANSFER).uint(link.clientHandle());
        if (transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            frame.uint(from.clientDelivery(transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0)));
        } else {
            frame.none();
        }
        frame.copy(transfer, Performative.TRANSFER_DELIVERY_TAG, Performative.TRANSFER_SETTLED);
        int moreAt = frame.length();
        frame.bool(transfer.bool(Performative.TRANSFER_MORE))
                .copy(transfer, Performative.TRANSFER_RCV_SETTLE_MODE, Performative.TRANSFER_BATCHABLE);
        int room = client.maxFrameSize() - frame.length();
        if (end - at <= room) {
            frame.to(client.out(), in, at, end);
            return 1;
        }
        frame.changeBool(moreAt, true).to(client.out(), in, at, at + room);
        int frames = 1;
        for (at += room; at < end; frames++) {
            frame = composer(Type.TRANSFER)
                    .uint(link.clientHandle())
                    .none()
                    .none()
                    .none()
                    .none();
            int part = Math.min(end - at, client.maxFrameSize() - frame.length() - 1);
            frame.bool(at + part < end || transfer.bool(Performative.TRANSFER_MORE))
                    .to(client.out(), in, at, at + part);
            at += part;
        }
        return frames;
    }

    @Override
    public void onOutcome(int first, int last, Performative disposition) {
        passOn(true, first, last, disposition);
    }

    @Override
    public void onSettled(int first, int last, Performative disposition) {
        passOn(false, first, last, disposition);
    }

    private void passOn(boolean role, int first, int last, Performative disposition) {
        write(composer(Type.DISPOSITION)
                .bool(role)
                .uint(first)
                .uint(last)
                .copy(disposition, Performative.DISPOSITION_SETTLED, Performative.DISPOSITION_BATCHABLE));
    }

    @Override
    public void onDetach(BrokerLink link, Performative detach) {
        links.onDetached(link, client);
        write(composer(Type.DETACH)
                .uint(link.clientHandle())
                .copy(detach, Performative.DETACH_CLOSED, Performative.DETACH_ERROR));
    }

    @Override
    public void onBrokerEnd(UpstreamEndpoint ended, Performative end) {
        upstream = null;
        links.drop(client);
        released(ended, Outcome.CLOSED, Reason.BROKER_CLOSED);
        state = State.ENDING;
        client.setWaitingForRoom(false);
        write(composer(Type.END).copy(end, Performative.END_ERROR));
    }

    @Override
    public void onRoom() {
        client.setWaitingForRoom(false);
    }

    void onSent() {
        UpstreamEndpoint bound = upstream;
        if (bound != null) {
            bound.widen();
        }
    }

    @Override
    public void onUpstreamClosed(UpstreamEndpoint closed) {}

    @Override
    public void onUpstreamLost(UpstreamEndpoint lost, CloseCause ending) {
        upstream = null;
        links.drop(client);
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
