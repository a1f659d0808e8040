package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import io.amqproxy.impl.amqp10.session.AttachAnswer;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.SenderRequest;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a link of a client comes to be one at the broker: one that is kept there, or a new one. */
final class Attaching {

    /** Octets. */
    private static final int MOST_OF_NAME = 200;

    private final ClientShare share;
    private final InboundSession client;
    private final SessionHost session;
    private final ClientLinks links;
    private final ClientCredit flow;
    /** What the client had on the session that it has left, until it has another one. */
    private List<BrokerLink> toBring = List.of();

    /** @param share of the client */
    Attaching(ClientShare share, SessionHost session, ClientLinks links, ClientCredit flow) {
        this.share = share;
        this.client = share.client();
        this.session = session;
        this.links = links;
        this.flow = flow;
    }

    /**
     * Attaches what the client asks for, whose handle is free.
     *
     * @param request by which a kept link is found, or null
     * @return whether that is done; otherwise the client has to wait
     */
    boolean attach(UpstreamSession bound, Performative attach, @Nullable SenderRequest request) throws AmqpError {
        BrokerLink kept = request == null ? null : bound.links().claim(request, attach);
        if (kept == null) {
            return attachAnew(bound, attach, request);
        }
        links.add(kept, attach);
        onKept(kept, attach);
        return true;
    }

    /**
     * Whether the client has to go to another session for what it asks for, and can: the broker would know it here by
     * names of the proxy, under which the client would not find it again.
     */
    boolean hasToMove(UpstreamSession bound, Performative attach) {
        if (!AttachRequest.isForItsNames(attach)
                || bound.session().introducedAs().equals(client.properties())) {
            return false;
        }
        List<BrokerLink> known = links.known();
        return known.size() == links.count() && known.stream().allMatch(this::isMovable);
    }

    /**
     * Whether a client that has to move can do so now; otherwise it has to wait until the broker has handled what was
     * sent on its links.
     */
    boolean canMove(UpstreamSession bound) {
        // What it sends next would overtake what it has sent.
        boolean isHandled = links.known().stream().allMatch(BrokerLink::isKeepable)
                && bound.sender().proves();
        if (!isHandled) {
            session.waitFor(bound);
        }
        return isHandled;
    }

    /** The session leaves the one at the broker, and comes with its links to {@link #bring}. */
    void takeAlong() {
        links.failDetached();
        toBring = links.known();
    }

    /** Whether the client hears nothing of it if the link is attached elsewhere. */
    private boolean isMovable(BrokerLink link) {
        ClientLink entry = links.of(link);
        return link.isClientSending()
                && link.isKeepableSoon()
                && entry != null
                && entry.isLive()
                && entry.pending() == 0;
    }

    /** Attaches here what the client had on the session that it has left, if it comes from one. */
    void bring(UpstreamSession bound) throws AmqpError {
        for (BrokerLink former : toBring) {
            ClientLink entry = links.of(former);
            int handle = bound.links().freeHandle();
            if (handle < 0) {
                throw AmqpError.session(AmqpError.RESOURCE_LIMIT_EXCEEDED, "too many links on the session");
            }
            if (entry != null) {
                String name = nameOfShared(Terminus.text(former.clientName()), share.nextLink());
                BrokerLink link = former.brought(handle, name, client.loop().now);
                links.replace(entry, link);
                bound.links().attachBrought(link);
            }
        }
        toBring = List.of();
    }

    /** The broker answers an attach. */
    void onAttached(BrokerLink link, Performative attach) {
        if (links.isKnown(link)) { // Otherwise the client was told that it is detached.
            session.write(link.tellAttached(session.composer(CompositeType.ATTACH), attach));
        }
    }

    private boolean attachAnew(UpstreamSession bound, Performative attach, @Nullable SenderRequest request)
            throws AmqpError {
        int handle = bound.links().freeHandle();
        if (handle < 0) {
            if (bound.links().freesHandle()) {
                session.waitFor(bound);
                return false;
            }
            throw AmqpError.session(AmqpError.RESOURCE_LIMIT_EXCEEDED, "too many links on the session");
        }
        String name = nameAtBroker(bound, attach, request);
        if (bound.links().isLeaving(name)) {
            session.waitFor(bound);
            return false;
        }
        boolean isSending = !attach.bool(Performative.ATTACH_ROLE);
        BrokerLink link = new BrokerLink(handle, name, isSending, request, client.loop().now);
        links.add(link, attach);
        bound.links().attach(link, attach);
        return true;
    }

    /** The client's own on a connection of its own; otherwise one that no other link of the connection has. */
    private String nameAtBroker(UpstreamSession bound, Performative attach, @Nullable SenderRequest request) {
        String name = String.valueOf(attach.text(Performative.ATTACH_NAME));
        if (request == null && bound.session().introducedAs().equals(client.properties())) {
            return name;
        }
        return nameOfShared(name, request == null ? session.number() : share.nextLink());
    }

    private String nameOfShared(String name, int place) {
        return client.id() + "." + place + '.' + BoundedName.of(name, MOST_OF_NAME);
    }

    /** The link is there already: what the broker said of it, and the credit that it gave. */
    private void onKept(BrokerLink link, Performative attach) {
        AttachAnswer answer = link.answer();
        if (answer == null) {
            throw new IllegalStateException(link + " was not answered");
        }
        FrameComposer frame = session.composer(CompositeType.ATTACH)
                .raw(link.clientName())
                .uint(link.handleToClient())
                .bool(true);
        answer.appendTo(frame, attach);
        session.write(frame);
        if (link.credit() > 0) {
            flow.tell(link);
        }
    }
}
