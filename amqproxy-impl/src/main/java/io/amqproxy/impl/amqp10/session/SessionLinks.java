package io.amqproxy.impl.amqp10.session;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import io.amqproxy.impl.amqp10.codec.Type;
import org.jspecify.annotations.Nullable;

/**
 * The links of one session at the broker from attach to detach, those that are kept from one client for the next, and
 * those of which nothing is wanted but an answer (see {@link Barrier}). What one client has done with a link decides
 * whether another may have it.
 */
final class SessionLinks {

    /** The most handles that the proxy uses. */
    static final int MAX_HANDLES = LinkTable.MOST;

    /** So many links are kept on a session for clients that come later. */
    private static final int MOST_KEPT = 16;

    private final Amqp10Connection connection;
    private final int channel;
    private final SentDeliveries sent;
    private final LinkTable links = new LinkTable();
    private final KeptLinks kept;
    private final Barrier barrier = new Barrier();
    private int barriers;
    private int handleMax = MAX_HANDLES - 1;
    private boolean receives;
    private boolean transacts;
    /** Whether there was something unsettled on a link that is gone, of which the broker may say something yet. */
    private boolean leavesUnsettled;

    SessionLinks(Amqp10Connection connection, int channel, SentDeliveries sent) {
        this.connection = connection;
        this.channel = channel;
        this.sent = sent;
        this.kept = new KeptLinks(connection, links);
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

    private FrameComposer composer(Type type) {
        return connection.composer().begin(channel, type);
    }

    private int most() {
        return connection.brokerOpen().maxFrameSize();
    }

    /** A handle that is free at the broker, or -1. */
    int freeHandle() {
        return links.freeHandle(handleMax);
    }

    /** Passes on what a client asks for. */
    void attach(BrokerLink link, Performative attach) throws AmqpError {
        composer(Type.ATTACH)
                .string(link.name())
                .uint(link.handle())
                .copy(attach, Performative.ATTACH_ROLE, Performative.ATTACH_PROPERTIES)
                .within(most())
                .to(connection.out());
        connection.flush();
        links.add(link);
        receives |= !link.isClientSending();
        transacts |= link.isClientSending()
                && attach.has(Performative.ATTACH_TARGET)
                && !Terminus.isTarget(attach, Performative.ATTACH_TARGET);
        if (link.isClientSending()) {
            link.beginCount(attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0), true);
        }
    }

    /** A link that is kept for such a request, which is the client's from now on; null where there is none. */
    @Nullable
    BrokerLink claim(SenderRequest wanted, Performative attach) {
        BrokerLink link = kept.claim(wanted);
        if (link != null) {
            link.beginCount(attach.uint(Performative.ATTACH_INITIAL_DELIVERY_COUNT, 0), false);
        }
        return link;
    }

    /** A client detaches a link; returns whether that is all, as the link is kept for others. */
    boolean detach(BrokerLink link, Performative detach) {
        if (!detach.has(Performative.DETACH_ERROR) && keep(link)) {
            return true;
        }
        sent.sendBehind(composer(Type.DETACH)
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
    void detach(BrokerLink link) {
        sayDetach(link);
        onDetachSaid(link);
    }

    private void sayDetach(BrokerLink link) {
        sent.sendBehind(composer(Type.DETACH).uint(link.handle()).bool(true));
    }

    private void onDetachSaid(BrokerLink link) {
        if (link.state() == BrokerLink.State.DETACH_RECEIVED) {
            remove(link);
        } else {
            link.become(BrokerLink.State.DETACH_SENT);
        }
    }

    void remove(BrokerLink link) {
        links.remove(link);
        if (link.unsettled() > 0) {
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
            kept.remove(link);
            detach(link);
        } else if (isAsked) {
            answer.uint(link.handle())
                    .uint(link.deliveryCount())
                    .uint(link.credit())
                    .to(connection.out());
            connection.flush();
        }
    }

    /** The broker detaches a link that is kept. */
    void onDetachOfKept(BrokerLink link) {
        kept.remove(link);
        sayDetach(link);
        remove(link);
    }

    /** Asks for the proof that the broker has handled all that was sent settled, if it is not there or under way. */
    void prove() {
        int handle = freeHandle();
        if (!barrier.isNeeded() || sent.hasBacklog() || handle < 0) {
            return;
        }
        barrier.onAsked();
        String name = "barrier-" + channel + '-' + ++barriers;
        BrokerLink link = new BrokerLink(handle, name, true, null, connection.now());
        links.add(link);
        link.askedAt(connection.handled().say());
        composer(Type.ATTACH)
                .string(link.name())
                .uint(handle)
                .bool(false)
                .none()
                .none()
                .terminus(0x28, link.name())
                .state(0x29)
                .none()
                .none()
                .uint(0)
                .to(connection.out());
        link.become(BrokerLink.State.BARRIER);
        link.disown();
        sayDetach(link);
    }
}
