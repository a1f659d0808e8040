package io.amqproxy.impl.amqp10.session;

import org.jspecify.annotations.Nullable;

/**
 * Those links of one session at the broker that no client has, and that wait for one that asks for the like. A link is
 * the broker's permission to send, and its credit: who finds one waits for neither. None serves that was attached so
 * long ago that the user may have lost the right since.
 */
final class KeptLinks {

    private final Amqp10Connection connection;
    private final LinkTable links;
    private int count;

    KeptLinks(Amqp10Connection connection, LinkTable links) {
        this.connection = connection;
        this.links = links;
    }

    int count() {
        return count;
    }

    boolean isAny() {
        return count > 0;
    }

    /** Whether there are links that are not kept. */
    boolean areOthersLeft() {
        return links.count() > count;
    }

    /** Whether something would be kept if the client left now. */
    boolean isWorthKeeping() {
        for (int i = 0; i < links.places(); i++) {
            BrokerLink link = links.get(i);
            if (link != null && link.isKeepable()) {
                return true;
            }
        }
        return false;
    }

    void keep(BrokerLink link) {
        link.become(BrokerLink.State.KEPT);
        link.disown();
        count++;
    }

    void remove(BrokerLink link) {
        link.become(BrokerLink.State.ATTACHED);
        count--;
    }

    /** One that gives way so that a handle is free; null where there is none, or the broker is about to free one. */
    @Nullable
    BrokerLink spare() {
        boolean isOneFreed = links.isAny(BrokerLink.State.DETACH_SENT) || links.isAny(BrokerLink.State.BARRIER);
        for (int i = 0; i < links.places() && !isOneFreed; i++) {
            BrokerLink link = links.get(i);
            if (link != null && link.state() == BrokerLink.State.KEPT) {
                return link;
            }
        }
        return null;
    }

    /** One with credit, if possible. */
    @Nullable
    BrokerLink find(SenderRequest wanted) {
        BrokerLink found = null;
        for (int i = 0; i < links.places(); i++) {
            BrokerLink link = links.get(i);
            if (link != null
                    && link.state() == BrokerLink.State.KEPT
                    && wanted.equals(link.request())
                    && !connection.isTooOld(link.since())
                    && (found == null || link.credit() > found.credit())) {
                found = link;
            }
        }
        return found;
    }

    /** Takes one out for a client; null where there is none. */
    @Nullable
    BrokerLink claim(SenderRequest wanted) {
        BrokerLink found = find(wanted);
        if (found == null) {
            return null;
        }
        count--;
        BrokerLink link = found.next();
        links.replace(link);
        return link;
    }
}
