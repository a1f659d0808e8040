package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.BrokerOpen;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.Amqp10Connection;
import io.amqproxy.impl.amqp10.session.UpstreamSessionEnd;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.pool.spi.FaultFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The sessions of a client by their channels. */
final class ClientSessions implements ClientSession.Siblings, TransactionGuard.Declared {

    private final ClientConnection10 client;
    private final TransactionGuard transactions;
    /** By channel. */
    private @Nullable ClientSession[] sessions = new ClientSession[1];
    /** Those that the client has ended, and of whose end it is not told yet: one for a channel at the most. */
    private List<ClientSessionEnd> ending = List.of();
    /** Whether the client leaves as soon as it has heard of all of those. */
    private boolean isCloseAwaited;

    /** Whether the broker closes the connection for what others do not look at. */
    private boolean isStrict;
    /** Whether the broker looks at no counts of fields, and at no errors of clients. */
    private boolean isLenient;
    /** Whether the broker closes the connection for arrays of some types. */
    private boolean isAfraidOfArrays;
    /** Whether links to an address of its own manage the broker. */
    private boolean isManagedByLinks;
    /** Whether the client has ever asked for a coordinator of transactions. */
    private boolean hasTransacted;
    /** The broker that the client's connection was opened for; null before. */
    private @Nullable BrokerOpen broker;

    ClientSessions(ClientConnection10 client) {
        this.client = client;
        this.transactions = new TransactionGuard(client, this);
    }

    void onOpened(BrokerOpen opened) {
        broker = opened;
        isStrict = opened.isQpid();
        isLenient = opened.readsLeniently();
        isAfraidOfArrays = opened.closesForArrays();
        client.share().endForHandles(opened.endsSessionsForHandles());
        isManagedByLinks = opened.isManagedByLinks();
    }

    @Override
    public boolean manages(Performative attach) {
        return isManagedByLinks && ManagementLinks.isAt(attach);
    }

    @Override
    public boolean transactTogether(Performative attach) {
        hasTransacted |= AttachRequest.isForTransactions(attach);
        return hasTransacted && isAnyBound();
    }

    private boolean isAnyBound() {
        for (ClientSession session : sessions) {
            if (session != null && session.slot() != null) {
                return true;
            }
        }
        return false;
    }

    private @Nullable ClientSession get(int channel) {
        return channel < sessions.length ? sessions[channel] : null;
    }

    /** Returns whether the frame was taken; otherwise the client has to wait. */
    boolean onFrame(int channel, Performative performative, int end) throws AmqpError {
        ClientSession session = get(channel);
        if (performative.type() == CompositeType.BEGIN) {
            return begin(channel, session, performative);
        }
        if (session == null) {
            onStray(channel, performative);
            return true;
        }
        try {
            check(performative);
        } catch (AmqpError offence) {
            if (!onMalformed(channel, performative, offence)) {
                throw offence;
            }
            return true;
        }
        try {
            return session.onFrame(performative, end);
        } catch (AmqpError offence) {
            if (offence.scope() == AmqpError.Scope.CONNECTION) {
                throw offence;
            }
            session.fail(offence);
            return true;
        }
    }

    /** Whether frames of the client are read as RabbitMQ reads them. */
    boolean areReadLeniently() {
        return isLenient;
    }

    /**
     * Looks at the values in a frame's fields.
     *
     * @throws AmqpError for what brokers close the connection for, or the session
     */
    void check(Performative performative) throws AmqpError {
        performative.checkValues(isStrict);
        if (isAfraidOfArrays) {
            performative.checkArrays();
        }
        if (performative.type() == CompositeType.ATTACH && broker != null) {
            FatalTerminus.check(performative, broker);
        }
    }

    /**
     * A frame cannot be taken for what is in its fields. The end of a session is none that could end it once more.
     *
     * @param malformed the performative, of which no more than the type may have been read
     * @return whether that ended no more than its session; otherwise it ends the connection
     */
    boolean onMalformed(int channel, Performative malformed, AmqpError offence) {
        ClientSession session = get(channel);
        boolean isOfSession = session != null
                && offence.scope() == AmqpError.Scope.SESSION
                && malformed.type().isWithinSession()
                && broker != null
                && broker.endsSessionsForFields();
        if (session != null && isOfSession) {
            session.fail(offence);
        }
        return isOfSession;
    }

    private void onStray(int channel, Performative performative) throws AmqpError {
        if (performative.type() == CompositeType.OPEN) {
            throw AmqpError.connection(AmqpError.ILLEGAL_STATE, "the connection is open already");
        }
        if (broker == null || !broker.dropsFramesWithoutSession()) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR, performative + " on channel " + channel + " without a session");
        }
    }

    /**
     * Whether the transaction whose id is at this offset was declared to the client on this connection, and is open.
     */
    @Override
    public boolean hasTransaction(Amqp10Connection connection, ByteBuffer in, int id) {
        for (ClientSession session : sessions) {
            if (session != null && session.hasTransaction(connection, in, id)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public TransactionGuard transactions() {
        return transactions;
    }

    private boolean begin(int channel, @Nullable ClientSession present, Performative begin) throws AmqpError {
        if (channel > client.channelMax()) {
            throw AmqpError.connection(
                    AmqpError.FRAMING_ERROR,
                    "channel number (" + channel + ") exceeds maximum channel number (" + client.channelMax() + ")");
        }
        if (present != null) {
            throw AmqpError.connection(AmqpError.FRAMING_ERROR, "begin on channel " + channel + ", which is in use");
        }
        if (begin.has(Performative.BEGIN_REMOTE_CHANNEL)) {
            throw AmqpError.connection(AmqpError.NOT_ALLOWED, "begin with a remote channel that was not asked for");
        }
        if (isEnding(channel)) {
            client.backpressure().forEndingSession();
            return false;
        }
        client.share().take("sessions");
        ClientSession session = new ClientSession(client, this, channel);
        if (channel >= sessions.length) {
            sessions = Arrays.copyOf(sessions, Math.max(2 * sessions.length, channel + 1));
        }
        sessions[channel] = session;
        session.begin(begin);
        return true;
    }

    @Override
    public void remove(ClientSession session) {
        if (get(session.number()) == session) {
            sessions[session.number()] = null;
            client.share().giveBack(1 + session.links());
        }
    }

    @Override
    public void beginEnd(ClientSessionEnd session, @Nullable UpstreamSessionEnd owing) {
        if (owing != null) {
            List<ClientSessionEnd> all = new ArrayList<>(ending);
            all.removeIf(ClientSessionEnd::isOver);
            all.add(session);
            ending = all;
            session.begin(owing);
        } else {
            session.onEndAnswered(null);
        }
    }

    @Override
    public void onEndAnswered() {
        client.backpressure().onRoom();
        if (isCloseAwaited && isParted()) {
            isCloseAwaited = false;
            client.onLeft();
        }
    }

    /** Whether the client is yet to hear of the end of the session that this channel had, now that it is used again. */
    private boolean isEnding(int channel) {
        boolean isEnding = false;
        for (ClientSessionEnd session : ending) {
            if (session.channel() == channel) {
                session.hurry();
                isEnding |= !session.isOver();
            }
        }
        return isEnding;
    }

    private boolean isParted() {
        return ending.stream().allMatch(ClientSessionEnd::isOver);
    }

    /** Whether nothing is owed to a client that leaves; otherwise it is told later that it has left. */
    boolean areParted() {
        isCloseAwaited = !isParted();
        return !isCloseAwaited;
    }

    /** The client leaves without waiting any longer for what is owed. */
    void beginEnd() {
        isCloseAwaited = false;
        ending.forEach(session -> session.onEndAnswered(null));
        client.onLeft();
    }

    /** Whether the broker does not leave it to clients to end the stream. */
    boolean endsStream() {
        return broker != null && broker.endsStreams();
    }

    /** How many there are. */
    int count() {
        int count = 0;
        for (ClientSession session : sessions) {
            count += session == null ? 0 : 1;
        }
        return count;
    }

    @Override
    public void steal(Performative attach, boolean isStealing) {
        byte[] name = isStealing ? attach.raw(Performative.ATTACH_NAME) : null;
        if (name != null) {
            boolean isReceiver = attach.bool(Performative.ATTACH_ROLE);
            steal(name, isReceiver);
            client.container().attach(name, isReceiver);
        }
    }

    /** Another link has this name from now on. */
    void steal(byte[] name, boolean isReceiver) {
        for (ClientSession session : sessions) {
            if (session != null) {
                session.detaching().steal(name, isReceiver);
            }
        }
    }

    boolean hasLink(byte[] name, boolean isReceiver) {
        for (ClientSession session : sessions) {
            if (session != null && session.hasLink(name, isReceiver)) {
                return true;
            }
        }
        return false;
    }

    /** The client closes its connection. */
    void leave() {
        for (ClientSession session : sessions) {
            if (session != null) {
                session.end(false);
            }
        }
        ending.forEach(ClientSessionEnd::hurry);
    }

    /** The client is gone: whatever it had is given back without asking it. */
    void abandon() {
        ending.forEach(ClientSessionEnd::forget);
        ending = List.of();
        for (int channel = 0; channel < sessions.length; channel++) {
            ClientSession session = sessions[channel];
            if (session != null) {
                remove(session);
                session.abandon();
            }
        }
    }

    /** {@return the addresses of all links} */
    List<String> names() {
        return Stream.of(sessions)
                .filter(Objects::nonNull)
                .flatMap(session -> session.addresses().stream())
                .toList();
    }

    /**
     * Detaches links.
     *
     * @return how many
     */
    int detachLinks(FaultFilter which, AmqpError why) {
        int detached = 0;
        for (ClientSession session : sessions) {
            detached += session == null ? 0 : session.detachLinks(which, why);
        }
        return detached;
    }

    /**
     * Ends sessions.
     *
     * @return how many
     */
    int end(FaultFilter which, AmqpError why) {
        int ended = 0;
        for (ClientSession session : sessions) {
            ended += session != null && session.endFor(which, why) ? 1 : 0;
        }
        return ended;
    }

    /** Tells the client of credit that is no more withheld, or withheld from now on. */
    void reviewCredit(boolean wasWithheld) {
        for (ClientSession session : sessions) {
            if (session != null) {
                session.flow().review(wasWithheld);
            }
        }
    }

    /** Outgoing bytes went out. */
    void onSent() {
        for (ClientSession session : sessions) {
            if (session != null) {
                session.onSent();
            }
        }
    }

    /** Adds the messages of leases that have not ended. */
    void addBound(TrafficCounters sum) {
        for (ClientSession session : sessions) {
            if (session != null) {
                session.addBound(sum);
            }
        }
    }
}
