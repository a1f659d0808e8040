package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Performative;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the broker owes a client that has ended its session: answers to what it attached and detached before. The broker
 * has the end already, right behind these, so that it delivers nothing to a receiver that is gone.
 */
public final class UpstreamSessionEnd {

    /** There while something is owed. */
    private List<BrokerLink> attaching = List.of();

    private List<BrokerLink> detaching = List.of();
    private @Nullable SessionEndClient client;

    /**
     * The client ends the session that has these links.
     *
     * @return whether it has to hear of some of them first
     */
    boolean begin(SessionEndClient of, LinkTable links) {
        for (int i = 0; i < links.places(); i++) {
            BrokerLink link = links.get(i);
            if (link != null && link.hasClient() && !link.isBrought() && of.knows(link)) {
                add(link);
            }
        }
        client = isOwed() ? of : null;
        return isOwed();
    }

    private void add(BrokerLink link) {
        boolean isAttaching = !link.hasBrokerHandle();
        boolean isDetaching = link.state() == BrokerLink.State.DETACH_SENT;
        if (!isOwed() && (isAttaching || isDetaching)) {
            attaching = new ArrayList<>(2);
            detaching = new ArrayList<>(2);
        }
        if (isAttaching) {
            attaching.add(link);
        }
        if (isDetaching) {
            detaching.add(link);
        }
    }

    private boolean isOwed() {
        return !attaching.isEmpty() || !detaching.isEmpty();
    }

    /**
     * The client goes on to something else. It knows all of its links but whether they are detached, so that it need
     * not wait for that; an attach without an answer it has to hear of.
     */
    public void hurry() {
        SessionEndClient to = client;
        if (to != null && attaching.isEmpty()) {
            detaching.forEach(to::onDetachUnanswered);
            detaching.clear();
            endIfNothingIsOwed(to);
        }
    }

    /** Whether somebody waits for what the broker says of its links. */
    boolean isUnderWay() {
        return client != null;
    }

    void onAttach(BrokerLink link, Performative attach) {
        SessionEndClient to = client;
        if (to != null && attaching.remove(link)) {
            to.onAttach(link, attach);
            endIfNothingIsOwed(to);
        }
    }

    void onDetach(BrokerLink link, Performative detach) {
        SessionEndClient to = client;
        if (to != null && detaching.remove(link)) {
            to.onDetach(link, detach);
            endIfNothingIsOwed(to);
        }
    }

    private void endIfNothingIsOwed(SessionEndClient to) {
        if (!isOwed()) {
            client = null;
            to.onEndAnswered(null);
        }
    }

    /** The session is over, and what is owed comes no more. */
    void end(@Nullable Performative end) {
        SessionEndClient to = client;
        client = null;
        if (to != null) {
            to.onEndAnswered(end);
        }
    }
}
