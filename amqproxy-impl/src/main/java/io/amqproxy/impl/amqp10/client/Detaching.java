package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.pool.spi.FaultFilter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a link of a client ends: the client detaches it, the broker does, or the proxy for reasons of its own. */
final class Detaching {

    private static final String STOLEN_TEXT = "the link is attached elsewhere";

    private final SessionHost session;
    private final ClientLinks links;
    private final DeliveriesToClient deliveries;

    Detaching(SessionHost session, ClientLinks links, DeliveriesToClient deliveries) {
        this.session = session;
        this.links = links;
        this.deliveries = deliveries;
    }

    /** What has come on the link goes before that. */
    private FrameComposer frame(BrokerLink link) {
        if (!link.isClientSending()) {
            deliveries.goOn(true);
        }
        return session.composer(CompositeType.DETACH).uint(link.handleToClient());
    }

    /** The client detaches a link. */
    void byClient(Performative detach) {
        ClientLink entry = links.remove(detach);
        UpstreamSession bound = session.upstream();
        if (entry == null || entry.isFailed() || bound == null) {
            return; // Of an unknown handle there is nothing to detach: brokers let it pass.
        }
        BrokerLink link = entry.link();
        if (bound.links().detach(link, detach)) {
            links.release(link);
            session.write(frame(link).copy(detach, Performative.DETACH_CLOSED, Performative.DETACH_CLOSED));
        }
    }

    /**
     * Detaches a link for the proxy's own reasons. A client that receives is told when no delivery can come any more,
     * as it counts them, and any client behind the answer to its attach.
     */
    void byProxy(ClientLink entry, UpstreamSession bound, AmqpError why) {
        BrokerLink link = entry.link();
        if (!link.isClientSending() || link.state() == BrokerLink.State.ATTACHING) {
            entry.endFor(why);
            bound.links().detach(link);
        } else {
            links.fail(entry);
            bound.links().detach(link);
            session.write(frame(link).bool(true).error(why.condition(), why.text()));
        }
    }

    /**
     * Detaches those that are chosen.
     *
     * @return how many
     */
    int byProxy(FaultFilter which, AmqpError why) {
        UpstreamSession bound = session.upstream();
        if (bound == null) {
            return 0;
        }
        List<ClientLink> meant = links.chosen(entry -> which.takes(session.number(), List.of(entry.address())));
        meant.forEach(entry -> byProxy(entry, bound, why));
        return meant.size();
    }

    /** As if the broker detached it. */
    void onPurpose(BrokerLink link, AmqpError why) {
        UpstreamSession bound = session.upstream();
        ClientLink entry = links.of(link);
        if (bound != null && entry != null && entry.isLive()) {
            byProxy(entry, bound, why);
        }
    }

    /** Another link of this container has its name from now on, as some brokers want it (section 2.6.1). */
    void steal(byte[] name, boolean isReceiver) {
        UpstreamSession bound = session.upstream();
        ClientLink entry = links.named(name, !isReceiver);
        if (bound != null && entry != null && entry.isLive()) {
            byProxy(entry, bound, AmqpError.link(AmqpError.STOLEN, STOLEN_TEXT));
        }
    }

    /**
     * The broker's detach as the client gets it.
     *
     * @param frame one with the handle
     * @param why the proxy has detached the link; null if it has not
     */
    static FrameComposer told(FrameComposer frame, Performative detach, @Nullable AmqpError why, int maxFrameSize) {
        return why != null && !detach.has(Performative.DETACH_ERROR)
                ? frame.bool(true).error(why.condition(), why.text())
                : frame.copy(detach, Performative.DETACH_CLOSED)
                        .copyError(detach, Performative.DETACH_ERROR, maxFrameSize);
    }

    /** The session is about to end: the client hears first of links that it has detached, as it does directly. */
    void tellUnanswered() {
        for (BrokerLink link : links.known()) {
            if (links.of(link) == null && link.isToldOf()) {
                links.release(link);
                session.write(frame(link).bool(link.isClosed()));
            }
        }
    }

    /** The broker detaches a link, or answers that it is detached. */
    void byBroker(BrokerLink link, Performative detach) {
        AmqpError why = links.whyDetached(link);
        if (!links.onDetached(link)) {
            return; // The client was told by the proxy.
        }
        session.write(told(frame(link), detach, why, session.session().maxFrameSize()));
    }
}
