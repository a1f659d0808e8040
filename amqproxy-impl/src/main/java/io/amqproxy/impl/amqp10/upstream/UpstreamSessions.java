package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.session.ForcedEnd;
import io.amqproxy.impl.amqp10.session.SessionHolder;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The sessions of one connection, by the proxy's channels and by the broker's, which need not be the same. */
final class UpstreamSessions {

    /** So many channels take turns where that many are enough. */
    private static final int IN_TURN = 64;

    private @Nullable UpstreamSession[] byChannel = new UpstreamSession[4];
    private @Nullable UpstreamSession[] byBrokerChannel = new UpstreamSession[4];
    private int count;
    /** The channel that is used next, if it is free. */
    private int next;

    int count() {
        return count;
    }

    /**
     * A channel without a session, and not the one that had one last: Broker-J says that a session has ended before it
     * has forgotten it, and closes the connection for another one of its number.
     *
     * @param most how many channels the broker takes, of which one at least is free; 0 where it has not said so yet
     */
    int freeChannel(int most) {
        int among = Math.max(count + 1, Math.min(most, IN_TURN));
        int channel = next % among;
        while (get(channel) != null) {
            channel = (channel + 1) % among;
        }
        next = channel + 1;
        return channel;
    }

    void add(UpstreamSession session) {
        if (session.number() >= byChannel.length) {
            byChannel = Arrays.copyOf(byChannel, Math.max(2 * byChannel.length, session.number() + 1));
        }
        byChannel[session.number()] = session;
        count++;
    }

    @Nullable
    UpstreamSession get(int channel) {
        return channel < byChannel.length ? byChannel[channel] : null;
    }

    /** A session of which the broker has had begin and end, and has answered neither; null where there is none. */
    @Nullable
    UpstreamSession endedAhead() {
        for (UpstreamSession session : byChannel) {
            if (session != null && session.isEndedAhead()) {
                return session;
            }
        }
        return null;
    }

    void onBegun(UpstreamSession session, int brokerChannel) {
        if (brokerChannel >= byBrokerChannel.length) {
            byBrokerChannel = Arrays.copyOf(byBrokerChannel, Math.max(2 * byBrokerChannel.length, brokerChannel + 1));
        }
        byBrokerChannel[brokerChannel] = session;
    }

    @Nullable
    UpstreamSession ofBroker(int brokerChannel) {
        return brokerChannel < byBrokerChannel.length ? byBrokerChannel[brokerChannel] : null;
    }

    void remove(int channel) {
        UpstreamSession session = Objects.requireNonNull(byChannel[channel], "no such session");
        byChannel[channel] = null;
        int ofBroker = session.brokerChannel();
        if (ofBroker >= 0 && ofBroker(ofBroker) == session) {
            byBrokerChannel[ofBroker] = null;
        }
        count--;
    }

    /**
     * Whether all sessions that somebody has, or has left while the broker was not done with them, are this client's.
     */
    boolean areOnlyOf(InboundSession client) {
        for (UpstreamSession session : byChannel) {
            SessionHolder holder = session == null ? null : session.holder();
            if (session != null && (holder == null ? !session.isHandled() : holder.session() != client)) {
                return false;
            }
        }
        return true;
    }

    private List<UpstreamSession> all() {
        List<UpstreamSession> all = new ArrayList<>(count);
        for (UpstreamSession session : byChannel) {
            if (session != null) {
                all.add(session);
            }
        }
        return all;
    }

    /**
     * Goes on as if the broker ended sessions for an error, and ends them.
     *
     * @return how many
     */
    int end(IntPredicate which, AmqpError why) {
        int ended = 0;
        for (UpstreamSession session : all()) {
            if (isThere(session) && which.test(session.number())) {
                ForcedEnd.of(session, why);
                ended++;
            }
        }
        return ended;
    }

    /**
     * Goes on as if the broker detached links for an error, and detaches them.
     *
     * @return how many
     */
    int detachLinks(IntPredicate which, AmqpError why) {
        int detached = 0;
        for (UpstreamSession session : all()) {
            if (isThere(session)) {
                detached += ForcedEnd.ofLinks(session, which, why);
            }
        }
        return detached;
    }

    private static boolean isThere(UpstreamSession session) {
        boolean isClosing = session.state() == Slot.State.CLOSING || session.state() == Slot.State.CLOSED;
        return session.brokerChannel() >= 0 && !isClosing;
    }

    List<UpstreamSession> takeAll() {
        List<UpstreamSession> all = all();
        Arrays.fill(byChannel, null);
        Arrays.fill(byBrokerChannel, null);
        count = 0;
        return all;
    }
}
