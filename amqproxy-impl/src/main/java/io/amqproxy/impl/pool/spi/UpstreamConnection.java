package io.amqproxy.impl.pool.spi;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.UpstreamView;
import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.TrafficCounters;
import java.net.InetSocketAddress;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A connection to the broker that lends its slots, whatever protocol it speaks; {@link UpstreamOwner} keeps it. */
public abstract class UpstreamConnection extends OutboundSession {

    private final UpstreamIdentity identity;
    private final TrafficCounters traffic = new TrafficCounters();

    protected UpstreamConnection(LoopContext loop, UpstreamIdentity identity) {
        super(loop);
        this.identity = identity;
    }

    protected final UpstreamIdentity identity() {
        return identity;
    }

    public final long id() {
        return identity.id();
    }

    public final UpstreamInfo info() {
        return identity.info();
    }

    /** {@return the protocol that it speaks, as {@link ClientInfo#protocol} says that of clients} */
    public abstract String protocol();

    /** {@return what policies see of it; null where it is in no pool} */
    public abstract @Nullable UpstreamView view();

    public final TrafficCounters traffic() {
        return traffic;
    }

    /** Whether it is on its way to being open. */
    public abstract boolean isOpening();

    /** Whether it lends slots. */
    public abstract boolean isOpen();

    /** Whether the broker has accepted the credentials, and said what it grants. */
    public abstract boolean isTuned();

    /** Whether it has been told to close. */
    public abstract boolean isClosing();

    /** Whether the broker holds back what clients publish on it, as listeners are told. */
    public abstract boolean isHeldBack();

    /** Whether it has ended. */
    public abstract boolean isOver();

    /** How often the peers say that they live, in seconds, 0 for never. */
    public abstract int heartbeatSeconds();

    // Before it is open.

    /** Before it is connected: a peer that is gone is to be noticed within twice as many seconds, if not 0. */
    public abstract void beatWithin(int seconds);

    /** Before it is connected: it is for one client, and introduces itself to the broker as that client does. */
    public final void introduceAs(ClientProperties ofClient, ClientInfo client) {
        identity.introduceAs(ofClient, client);
    }

    @Override
    public final @Nullable InetSocketAddress clientAddress() {
        return identity.clientAddress();
    }

    /** How it introduces itself; {@link ClientProperties#NONE} where it speaks for many. */
    public final ClientProperties introducedAs() {
        return identity.introducedAs();
    }

    /** Whether it has what ends with the client that it is for, so that it must end then. */
    public boolean endsWithClient() {
        return false;
    }

    /** What it is for, as it tells the broker if it still can. */
    public final void usedFor(String purpose) {
        identity.usedFor(purpose);
    }

    /** Before it is connected: this vhost will most likely be asked for, and may be opened together with the log-in. */
    public void expect(String vhost) {}

    /** Opens the vhost, now or as soon as the broker accepted the credentials. */
    public abstract void open(String vhost);

    /** What the broker grants, as far as it has said. */
    public abstract NegotiatedLimits offer();

    /** Whether it is left unread for a client that reads slowly, or was a moment ago. */
    public boolean isHeldUpLately() {
        return false;
    }

    /** Others share it from now on: it is left unread for nobody. */
    public abstract void onShared();

    // Slots.

    /** How many slots there may be at once, by what the broker grants. */
    public abstract int mostSlots();

    /** How many slots there are, those included whose end the broker has not confirmed. */
    public abstract int openSlots();

    /** How many of them the broker has let there be, also when the connection has ended. */
    public abstract int acceptedSlots();

    /** Opens one more, which may be used at once. */
    public abstract Slot openSlot();

    /** Whether its owner hears when the broker has opened one. */
    public boolean tellsOfOpening() {
        return false;
    }

    /** Deletes a queue if it is still a client's own on this connection, on a slot that is closed then. */
    public abstract void deleteQueue(ClientQueue queue, Slot on);

    /** Whether the broker may be about to declare such a queue for a client's own use. */
    public abstract boolean isDeclaringExclusively(String queue);

    /** Whether the broker may be about to declare a queue for the own use of such a client. */
    public abstract boolean isDeclaringExclusivelyFor(Predicate<? super InboundSession> clients);

    // The secret.

    /** It is of other credentials from now on, of the same user, and the broker is told their secret. */
    public abstract void updateSecret(Credentials updated, String reason);

    /** Tells the broker the present secret where it knows a former one. */
    public abstract void refreshSecret();

    /** Closes it in order. */
    public abstract void close(String why);

    // On purpose.

    /**
     * Ends it as if the broker closed it for an error, with a code and text as far as the protocol has them; the broker
     * is told that it is closed. Answers whether it was open.
     */
    public abstract boolean fail(int code, String text);

    /** The same of AMQP 1.0 with this condition. */
    public boolean fail(String condition, String text) {
        return false;
    }

    /**
     * Closes channels as if the broker did, which is told to.
     *
     * @return how many, none where there are no such
     */
    public int failChannels(IntPredicate which, int code, String text) {
        return 0;
    }

    /**
     * Ends sessions of AMQP 1.0 for an error with this condition, in the same way.
     *
     * @return how many
     */
    public int endSessions(IntPredicate which, String condition, String text) {
        return 0;
    }

    /**
     * Detaches links of such sessions, in the same way; asked for each link.
     *
     * @return how many
     */
    public int detachLinks(IntPredicate which, String condition, String text) {
        return 0;
    }

    @Override
    public final String toString() {
        return identity.toString();
    }
}
