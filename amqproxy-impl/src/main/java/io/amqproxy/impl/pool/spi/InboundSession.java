package io.amqproxy.impl.pool.spi;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.Identity;
import io.amqproxy.impl.core.LoginHandler;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.TrafficCounters;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.internal.LogText;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The broker's side of a connection, towards a client, whatever protocol it speaks. */
public abstract class InboundSession extends Session implements LoginHandler {

    /** Messages of leases that have ended. */
    private long published;

    private long delivered;
    /** Of credentials that wait until they can be proved. */
    private int keptBytes;

    protected InboundSession(LoopContext loop) {
        super(loop);
    }

    public final LoopContext loop() {
        return loop;
    }

    public abstract long id();

    /** {@return the protocol that the client speaks, or null where its first octets have not told yet} */
    public abstract @Nullable SpokenProtocol protocol();

    /** Nothing is left that the client has to wait for: what it has sent is taken. */
    public void readAgain() {
        forgiveSilence();
        link().resume();
    }

    /** A lease has ended that had so many messages. */
    public final void countLease(long morePublished, long moreDelivered) {
        published += morePublished;
        delivered += moreDelivered;
    }

    /** {@return who it is, with the messages of all its leases so far} */
    public final ClientInfo counted() {
        TrafficCounters sum = new TrafficCounters();
        sum.published = published;
        sum.delivered = delivered;
        addBound(sum);
        return info().counting(sum.published, sum.delivered);
    }

    /** Adds the messages of leases that have not ended. */
    protected void addBound(TrafficCounters sum) {}

    /** How many channels or sessions it has open. */
    public int channelCount() {
        return 0;
    }

    /** Whether the client is still to log in, or to open its vhost. */
    public abstract boolean isInHandshake();

    /** Whether the connection is open and no end of it has begun. */
    public abstract boolean isOpen();

    /** Whether the end has begun. */
    public abstract boolean isOver();

    /** How often the client wants a sign of life, in seconds, 0 for never. */
    public abstract int heartbeatSeconds();

    /** So much of its log-in is kept until it names its vhost. */
    public final void keep(int octets) {
        keptBytes = octets;
    }

    @Override
    public final long heldBytes() {
        return super.heldBytes() + keptBytes;
    }

    /** {@return the name that lists of vhosts have for what the client opens} */
    public String nameOfVhost(String opened) {
        return opened;
    }

    // What owners set up.

    /** Before the client has sent anything: who may log in by a certificate. */
    public abstract void identifiedBy(Identity identity);

    /** Tells once when the session ended, for its owner's book-keeping. */
    public abstract void onEnd(Runnable action);

    /** This loop is left. */
    public final void leave() {
        leaveLoop();
    }

    /** Another loop takes over, before the client has anything at the broker. */
    public void moveTo(LoopContext next) {
        enterLoop(next);
    }

    // What pools tell.

    /** Stops or goes on taking bytes, while something of the client waits for a lease. */
    public abstract void setWaitingForLease(boolean waiting);

    /** Which route serves the client, by its name; null for the default one. */
    public abstract void onRoute(@Nullable String name);

    /** From its vhost's opening on the client shares this with others; {@code onLeft} gives its part back. */
    public abstract void share(UserQuota allowance, Runnable onLeft);

    /** The broker holds publishers back for this reason, or no longer does (null). */
    public abstract void onBlocked(@Nullable String why);

    /** The client's new secret is refused, which costs the connection. */
    public abstract void onSecretRefused(String text);

    /** The client's new secret is taken. */
    public abstract void onSecretTaken();

    /** Something of the client is lost with a connection to the broker. */
    public abstract void onUpstreamLost(CloseCause lost);

    /** Nothing of a leaving client remains at the broker. */
    public abstract void onLeft();

    // The end.

    /** Closes the connection towards the client. */
    public abstract void close(CloseCause reason);

    /** Closes the connection as a broker does for an error, with a code and text as far as the protocol has them. */
    public void fail(int code, String text) {
        close(CloseCause.byProxy(CloseCause.Kind.FORCED, text));
    }

    /**
     * Closes channels as a broker does for an error.
     *
     * @return how many, none where there are no such
     */
    public int failChannels(FaultFilter which, int code, String text) {
        return 0;
    }

    /**
     * Detaches links for an error with this condition.
     *
     * @return how many, none where there are no such
     */
    public int detachLinks(FaultFilter which, String condition, String text) {
        return 0;
    }

    /**
     * Ends sessions of AMQP 1.0 for an error with this condition.
     *
     * @return how many
     */
    public int endSessions(FaultFilter which, String condition, String text) {
        return 0;
    }

    /**
     * Closes a connection of AMQP 1.0 for an error with this condition.
     *
     * @return whether it is such a connection
     */
    public boolean fail(String condition, String text) {
        return false;
    }

    /**
     * Cancels consumers as a broker does whose queue is gone.
     *
     * @return how many, none where there are no such
     */
    public int cancelConsumers(FaultFilter which) {
        return 0;
    }

    /** {@return what its channels or sessions name: consumers and their queues, or addresses of links} */
    public Collection<String> names() {
        return List.of();
    }

    /** {@return what the consumer with this tag consumes from, as far as that is known, otherwise empty} */
    public String queueOf(int channel, String tag) {
        return "";
    }

    /**
     * Holds the client back as a broker in an alarm does, for this reason, or no longer (null).
     *
     * @return whether the session can tell a publish, so that it does that by itself
     */
    public boolean holdPublishing(@Nullable String why) {
        return false;
    }

    /**
     * Has it judged again of which credit of AMQP 1.0 the client is told, and tells it what is new.
     *
     * @param wasWithheld whether it is about credit that the client is not told of, or about other
     */
    public void reviewCredit(boolean wasWithheld) {}

    /** Has methods of the client looked at before they are handled, or no longer (null), where there are methods. */
    public void judgedBy(@Nullable FaultJudge judge) {}

    /**
     * Others need the room that the client takes, which has proved nothing yet.
     *
     * @param limit what there is no more room in
     */
    public final void giveWay(String limit) {
        giveWay(CloseCause.byProxy(Kind.RESOURCE, "too many clients that have not logged in (" + limit + ")"));
    }

    /** The client has to go now, for this reason. */
    protected abstract void giveWay(CloseCause why);

    /** There is no memory, and the client has much of it. */
    public abstract void shed(long octets);

    /** Its number, and what people know it by. */
    @Override
    public final String toString() {
        ClientInfo who = info();
        StringBuilder text = new StringBuilder("client ").append(who.id());
        InetSocketAddress address = who.address();
        text.append(" at ").append(address.getHostString()).append(':').append(address.getPort());
        append(text, "user", who.user());
        append(text, "vhost", who.vhost());
        append(text, "route", who.route());
        append(text, "name", who.name());
        return text.toString();
    }

    private static void append(StringBuilder text, String what, @Nullable String name) {
        if (name != null) {
            text.append(", ").append(what).append(' ').append(LogText.of(name));
        }
    }
}
