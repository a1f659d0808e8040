package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.BrokerLink;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import org.jspecify.annotations.Nullable;

/**
 * What client and broker tell each other over one session of windows and credit (part 2, sections 2.5.6 and 2.6.7), and
 * what of it is withheld on purpose.
 */
final class ClientCredit {

    private final SessionHost session;
    private final ClientLinks links;
    private final ClientWindows windows;
    private final DeliveriesToClient deliveries;

    ClientCredit(SessionHost session, ClientLinks links, ClientWindows windows, DeliveriesToClient deliveries) {
        this.session = session;
        this.links = links;
        this.windows = windows;
        this.deliveries = deliveries;
    }

    /**
     * The client says something of the session, or of a link.
     *
     * @return whether that is done, otherwise it waits
     */
    boolean byClient(Performative flow) throws AmqpError {
        windows.onFlow(flow);
        deliveries.goOn(false);
        UpstreamSession bound = session.upstream();
        if (flow.has(Performative.FLOW_HANDLE)) {
            return ofLink(links.known(flow.uint(Performative.FLOW_HANDLE, 0), flow), flow, bound);
        }
        if (flow.bool(Performative.FLOW_ECHO)) {
            tellWindow();
        }
        if (bound != null) {
            bound.narrow(deliveries.bound(bound));
            bound.widen();
        }
        return true;
    }

    private boolean ofLink(ClientLink entry, Performative flow, @Nullable UpstreamSession bound) throws AmqpError {
        if (bound == null || !entry.isLive()) {
            return true;
        }
        if (entry.link().isClientSending() && bound.sender().isStalled()) {
            session.waitFor(bound); // It counts what the broker has not got.
            return false;
        }
        bound.flow(entry.link(), flow, entry.pending());
        return true;
    }

    /** Tells the client of the session's window. */
    void tellWindow() {
        session.write(frame());
    }

    private FrameComposer frame() {
        return windows.appendToFlow(session.composer(CompositeType.FLOW));
    }

    /** Tells the client of its credit on a link, as the proxy knows it. */
    void tell(BrokerLink link) {
        tell(link, link.credit() > 0 && isWithheld(link) ? 0 : link.credit());
    }

    private void tell(BrokerLink link, int credit) {
        session.write(
                frame().uint(link.handleToClient()).uint(link.countOfClient()).uint(credit));
    }

    private boolean isWithheld(BrokerLink link) {
        return links.withholdsCredit(link, session.number(), session.session().judge());
    }

    /** Tells the client of credit that is no more withheld on purpose, or withheld from now on. */
    void review(boolean wasWithheld) {
        for (BrokerLink link : links.withCredit(wasWithheld)) {
            if (isWithheld(link) != wasWithheld) {
                tell(link, wasWithheld ? link.credit() : 0);
            }
        }
    }

    /** The broker says something of a link. */
    void byBroker(BrokerLink link, Performative flow) {
        if (!links.isKnown(link)) {
            return;
        }
        if (!link.isClientSending()) {
            deliveries.goOn(true);
        }
        FrameComposer told = frame().uint(link.handleToClient());
        if (flow.has(Performative.FLOW_DELIVERY_COUNT)) {
            told.uint(link.countOfClient(flow.uint(Performative.FLOW_DELIVERY_COUNT, 0)));
        } else {
            told.none();
        }
        if (link.isClientSending() && isGrant(flow) && isWithheld(link)) {
            session.write(told.uint(0).copy(flow, Performative.FLOW_AVAILABLE, Performative.FLOW_PROPERTIES));
        } else {
            session.write(told.copy(flow, Performative.FLOW_LINK_CREDIT, Performative.FLOW_PROPERTIES));
        }
    }

    /** Who drains asks for what there is, at once. */
    private static boolean isGrant(Performative flow) {
        return flow.uint(Performative.FLOW_LINK_CREDIT, 0) != 0 && !flow.bool(Performative.FLOW_DRAIN);
    }
}
