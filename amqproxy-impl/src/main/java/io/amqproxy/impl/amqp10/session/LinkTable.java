package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The links of one session at the broker, by the handles of both sides. */
final class LinkTable {

    /** More links than brokers allow on a session. */
    static final int MOST = 256;

    private @Nullable BrokerLink[] links = new BrokerLink[2];
    private @Nullable BrokerLink[] byBrokerHandle = new BrokerLink[2];
    /** In which order they came, by handle. */
    private long[] added = new long[2];

    private long lastAdded;
    /** When the first of them was asked for. */
    private long firstSince;

    private int count;

    int count() {
        return count;
    }

    /** Those that are attached, and that a client has or the next one may have. */
    List<BrokerLink> usable() {
        return Stream.of(links)
                .filter(link -> link != null
                        && (link.state() == BrokerLink.State.KEPT
                                || (link.state() == BrokerLink.State.ATTACHED && link.hasClient())))
                .map(Objects::requireNonNull)
                .toList();
    }

    /** The lowest handle that is free up to this one, or -1. */
    int freeHandle(int most) {
        for (int handle = 0; handle <= Math.min(most, MOST - 1); handle++) {
            if (get(handle) == null) {
                return handle;
            }
        }
        return -1;
    }

    /** Whether one of them is in this state. */
    boolean isAny(BrokerLink.State state) {
        for (BrokerLink link : links) {
            if (link != null && link.state() == state) {
                return true;
            }
        }
        return false;
    }

    /** Whether there was one at this time or before, be it still there or not. */
    boolean wasAnySince(long time) {
        return lastAdded > 0 && firstSince - time <= 0;
    }

    /** How many places there are to look at with {@link #get}. */
    int places() {
        return links.length;
    }

    @Nullable
    BrokerLink get(int handle) {
        return handle < links.length ? links[handle] : null;
    }

    void add(BrokerLink link) {
        if (lastAdded == 0) {
            firstSince = link.since();
        }
        if (link.handle() >= links.length) {
            links = Arrays.copyOf(links, Math.max(2 * links.length, link.handle() + 1));
            added = Arrays.copyOf(added, links.length);
        }
        links[link.handle()] = link;
        added[link.handle()] = ++lastAdded;
        count++;
    }

    /** The same link at the broker, with another client. */
    void replace(BrokerLink link) {
        links[link.handle()] = link;
        if (link.brokerHandle() >= 0 && link.brokerHandle() < byBrokerHandle.length) {
            byBrokerHandle[link.brokerHandle()] = link;
        }
    }

    void remove(BrokerLink link) {
        links[link.handle()] = null;
        count--;
        int handle = link.brokerHandle();
        if (link.hasBrokerHandle() && handle < byBrokerHandle.length && byBrokerHandle[handle] == link) {
            byBrokerHandle[handle] = null;
        }
    }

    /** The one whose attach the broker answers, or null: the one of this name and role that has waited for longest. */
    @Nullable
    BrokerLink answeredBy(Performative attach) {
        String name = attach.text(Performative.ATTACH_NAME);
        boolean isClientSending = attach.bool(Performative.ATTACH_ROLE);
        BrokerLink first = null;
        for (BrokerLink link : links) {
            if (link != null
                    && !link.hasBrokerHandle()
                    && link.isClientSending() == isClientSending
                    && link.name().equals(name)
                    && (first == null || added[link.handle()] < added[first.handle()])) {
                first = link;
            }
        }
        return first;
    }

    void onAnswer(BrokerLink link, Performative attach) throws AmqpError {
        link.onAnswer(attach);
        int handle = link.brokerHandle();
        if (handle < 0 || handle >= 2 * MOST) {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, "handle above handle-max");
        }
        if (handle >= byBrokerHandle.length) {
            byBrokerHandle = Arrays.copyOf(byBrokerHandle, Math.max(2 * byBrokerHandle.length, handle + 1));
        }
        byBrokerHandle[handle] = link;
    }

    @Nullable
    BrokerLink ofBroker(int handle) {
        return handle >= 0 && handle < byBrokerHandle.length ? byBrokerHandle[handle] : null;
    }
}
