package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.buffer.WriteCoalescer;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One channel to the broker and what is known of its state there.
 *
 * <pre>
 *            lease                    release, clean            flow-ok, all confirmed
 *    IDLE ----------&gt; LEASED --------------------------&gt; FENCING -----------------------&gt; IDLE
 *                       |                                   |
 *                       | release, not clean                | told to close
 *                       v                                   v
 *                    CLOSING &lt;---------------------------------
 *                       |
 *                       | close-ok
 *                       v
 *                    CLOSED
 * </pre>
 *
 * <p>Only LEASED, and CLOSING while its client still waits for the end, have a client; what the broker says in other
 * states belongs to a lease that ended and is dropped. A number is used again only after CLOSED. The pool bounds how
 * long the broker may leave a channel in FENCING, or in CLOSING without a client.
 *
 * <p>When the broker closes the channel its state becomes CLOSING too: RabbitMQ goes on delivering, and only the answer
 * to a close that was sent after its own is its last word (AMQP 0-9-1, 1.5.2.5). Then close-ok lets the number go.
 */
public final class UpstreamChannel implements Slot, BrokerContent.Channel, ClosedInTurn {

    private final Amqp091Connection session;
    private final int number;
    private State state = State.IDLE;
    /** Whether the broker has answered {@code channel.open}: what came before is not of this channel. */
    private boolean opened;

    private @Nullable ChannelHolder client;

    // What is known of the channel at the broker, over all leases.
    private final Declarations declarations;
    private final BrokerContent content;
    private final Outstanding outstanding;
    private final ProxyMethods own;
    private final ClosingHandshake closing;

    // What the present lease did.
    private final UncleanState leftovers;
    private long releasedAt;
    private boolean served;
    private long servesSince;
    /** Whether the client waits for the proof that all of what it sent is handled. */
    private boolean proofAwaited;

    public UpstreamChannel(Amqp091Connection session, int number) {
        this.session = session;
        this.number = number;
        this.declarations = new Declarations(session);
        this.leftovers = new UncleanState(session.nameReader());
        this.outstanding = new Outstanding(session, leftovers);
        this.own = new ProxyMethods(session, number, outstanding);
        this.closing = new ClosingHandshake(this, session, own);
        this.content = new BrokerContent(this);
    }

    @Override
    public Amqp091Connection session() {
        return session;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public boolean isPrepared() {
        return outstanding.confirms().isOn();
    }

    @Override
    public @Nullable ChannelHolder client() {
        return client;
    }

    // The lease.

    /** Lends the channel: IDLE becomes LEASED. */
    public void lease(ChannelHolder to) {
        expect(State.IDLE);
        state = State.LEASED;
        client = to;
        if (!served) {
            served = true;
            servesSince = session.now();
        }
        proofAwaited = false;
        outstanding.begin(to.lastConfirmTag(), to.answers());
        leftovers.begin(to.lastDeliveryTag());
        declarations.begin();
        content.beginLease();
    }

    /** What would be left on the channel if the lease ended now. */
    @Override
    public Reason leftover() {
        return leftovers.reason();
    }

    @Override
    public UncleanState leftovers() {
        return leftovers;
    }

    public Declarations declarations() {
        return declarations;
    }

    /** What was sent, and what the broker has yet to say to it. */
    public Outstanding outstanding() {
        return outstanding;
    }

    public BrokerContent content() {
        return content;
    }

    /** Whether the lease can end here and begin elsewhere without the client noticing. */
    public boolean isMovable() {
        return isMovableOnceProved() && isProved();
    }

    /** The same, but for the proof that the broker has handled what was sent. */
    public boolean isMovableOnceProved() {
        return state == State.LEASED && leftover() == Reason.CLEAN && !isPrepared();
    }

    /** Whether the client need not notice that the channel is lost with its connection. */
    public boolean canBeReplaced() {
        return leftover() == Reason.CLEAN
                && !outstanding.mayBeMissed()
                && outstanding.unprovedPublishes() == 0
                && !isPassingContent();
    }

    /** Whether the client's close is answered only when the broker has handled what was sent. */
    public boolean hasToBeProved() {
        return isPassingContent() || outstanding.hasToBeProved();
    }

    /** Whether the broker has answered or confirmed all that was sent. */
    private boolean isProved() {
        return outstanding.isHandled() && !isPassingContent();
    }

    /**
     * Whether a message of the broker is passed on in part: the client takes nothing else on the channel before its
     * end.
     */
    public boolean isPassingContent() {
        return content.isIncomplete();
    }

    /** Publishes that are lost without anybody noticing if the connection is lost now. */
    public long publishesAtRisk() {
        boolean isKnownToClient = closing.isByBroker() || (client != null && !canBeReplaced());
        return state == State.IDLE || isKnownToClient ? 0 : outstanding.unprovedPublishes();
    }

    /** Whether the broker may still say something that the client has to hear before an answer to what it says now. */
    public boolean mayHaveMoreToSay() {
        return isPassingContent() || outstanding.mayBeAnswered();
    }

    /** Whether its first lease began at this time, in the loop's time, or before. */
    @Override
    public boolean hasServedSince(long time) {
        return served && servesSince - time <= 0;
    }

    /** When the last lease ended, in the loop's time. */
    @Override
    public long releasedAt() {
        return releasedAt;
    }

    /** When the broker was told to close the channel, in the loop's time. */
    @Override
    public long toldToCloseAt() {
        return closing.begunAt();
    }

    /** Whether a client has the channel, or waits for its end. */
    @Override
    public boolean hasClient() {
        return client != null;
    }

    /** Asks the broker to prove that it handled all that went before; the client, if there is one, is told then. */
    public void fence() {
        proofAwaited = client != null;
        if (!leftovers.isCommitting()) { // That is answered, and nothing follows before.
            own.fence();
        }
    }

    /** The same for the sake of what may be returned, of which nobody is told. */
    public void fenceReturns() {
        if (state == State.LEASED && outstanding.wantsFence()) {
            own.fence();
        }
    }

    /** Whether the client is told when it is proved that all of what it sent is handled. */
    public boolean isProofAwaited() {
        return proofAwaited;
    }

    /** Something came that may have proved it. An answer of a queue may come behind that of a fence. */
    public void tellIfProved() {
        ChannelHolder waiting = client;
        if (state == State.LEASED && waiting != null && isProved()) {
            proofAwaited = false;
            waiting.onFenced();
        }
    }

    /** The same on a channel that no client ever had: it is closed when the broker has answered. */
    public void fenceFirst() {
        expect(State.IDLE);
        state = State.FENCING;
        releasedAt = session.now();
        fence();
    }

    /** The same while a client goes on, whose publishes nothing else proves. */
    public void fenceBetween() {
        if (lacksProof() && outstanding.replies().mayFence()) {
            fence();
        }
    }

    /** Whether a client goes on whose publishes nothing but a fence proves. */
    public boolean lacksProof() {
        return state == State.LEASED && !isPrepared() && outstanding.unprovedPublishes() > 0;
    }

    /** Ends a clean lease: LEASED becomes FENCING, or IDLE where a fence has proved it already. */
    public void release() {
        expect(State.LEASED);
        client = null;
        state = State.FENCING;
        own.resetPrefetch(leftovers);
        releasedAt = session.now();
        if (!isProved()) {
            fence();
        }
        becomeIdleIfProved();
    }

    private void becomeIdleIfProved() {
        if (state != State.FENCING || !isProved() || !outstanding.confirms().isSettled()) {
            return;
        }
        if (leftover() != Reason.CLEAN || !served) {
            close(); // A consumer that was cancelled had been sent more; or it was there for a fence.
        } else {
            outstanding.onAllHandled();
            state = State.IDLE;
            session.onFenced(this);
            session.owner().onChannelIdle(this);
        }
    }

    /** Closes the channel at the broker; the client, if it still has one, is told when that is done. */
    @Override
    public void close() {
        if (state != State.CLOSING && state != State.CLOSED) {
            state = State.CLOSING;
            closing.begin(client == null);
            session.owner().onChannelClosing(this);
        }
    }

    @Override
    public boolean closeInTurn() {
        return state == State.CLOSING && closing.sayInTurn();
    }

    /** The client needs nothing more of the channel. */
    public void forgetClient() {
        client = null;
    }

    // What the proxy sends for the client.

    /**
     * Writes {@code confirm.select} through; its answer is for nobody. Answers at once where the channel is in the
     * mode.
     */
    public void select() {
        if (!isPrepared()) {
            outstanding.confirms().select();
            own.select();
        }
    }

    /** Sets a prefetch limit whose answer is for nobody. */
    public void writeQos(int prefetch, boolean global) {
        own.qos(prefetch, global, leftovers);
    }

    // What the broker did.

    @Override
    public void onContentComplete(long got) {
        if (got >= 0) {
            outstanding.awaited().onGot(got);
        }
        if (client == null) {
            becomeIdleIfProved();
        }
    }

    /** An answer came. Returns whether it is for the client. */
    public boolean onReply() {
        boolean isForClient = client != null; // The last answer of a lease lets another client have the channel.
        if (outstanding.takeReply()) {
            onOwnReply();
            fenceAgain();
        }
        return isForClient;
    }

    /** An answer came to something that the proxy itself had asked. */
    public void onOwnReply() {
        outstanding.onAnswer();
        becomeIdleIfProved();
    }

    /** A fence was answered: all that was sent before it is done. */
    public void onFenced() {
        session.owner().fences().onAnswered();
        outstanding.onFenced();
        becomeIdleIfProved();
        fenceAgain();
    }

    /** The client waits for the proof of what it has sent since. */
    private void fenceAgain() {
        ChannelHolder holder = client;
        if (holder != null && (outstanding.awaited().needsFence() || holder.isWaitingForAnswers())) {
            fenceReturns();
        }
    }

    public void onConfirmed(long tag, boolean multiple) {
        boolean isAll = outstanding.onConfirmed(tag, multiple);
        ChannelHolder holder = client;
        if (holder == null) {
            becomeIdleIfProved();
        } else if (isAll) {
            holder.onConfirmed();
        }
    }

    /**
     * The broker says what this lease cannot have caused. Nobody hears of it, and the channel is not trusted any more.
     */
    public void onForeign(Method said) {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        session.onUnsound(this, "a " + said + " that its client cannot have caused");
        ChannelHolder ended = client;
        client = null;
        if (ended != null) {
            String text = ReplyCode.INTERNAL_ERROR + " - the broker sent an unexpected " + said;
            ended.onBrokerClosed(this, ReplyCode.INTERNAL_ERROR.code(), text, 0);
        }
        close();
    }

    /** A delivery has another tag than was to come: its client has it, but nobody else gets the channel. */
    public void onOddTag(ByteBuffer in, int tagAt) {
        session.onUnsound(this, "a delivery tag " + in.getLong(tagAt) + " that was not to come");
        leftovers.onOddTag(in, tagAt);
    }

    public void onOpenOk() {
        opened = true;
        session.owner().onChannelOpened(this);
    }

    public boolean isOpened() {
        return opened;
    }

    /** The broker closes the channel, and has no answer yet. */
    public void onBrokerClose(int code, String text, int methodId) {
        closing.onBrokerClose();
        if (code == ReplyCode.ACCESS_REFUSED.code()) {
            session.owner().onRightMissing();
        }
        if (methodId == Method.CHANNEL_FLOW.id() && outstanding.replies().isFencing()) {
            onFenceRefused(ConnectionClose.byBroker(code, text, methodId));
        } else if (client != null) {
            ChannelHolder closed = client;
            client = null;
            closed.onBrokerClosed(this, code, leftovers.inWordsOfClient(code, text, methodId), methodId);
        }
        if (!session.tellsOfLastWord()) {
            die();
        } else if (state == State.CLOSING) {
            closing.onCrossed(methodId);
        } else {
            close();
        }
    }

    /** The broker closes the channel for a question of the proxy, which the client is not to pay for. */
    private void onFenceRefused(CloseCause refusal) {
        session.owner().fences().onRefused(refusal);
        outstanding.replies().takeFence();
        outstanding.onAnswer();
        ChannelHolder holder = client;
        if (state == State.LEASED && holder != null && holder.onFenceRefused(this)) {
            client = null;
        }
    }

    public void onCloseOk() {
        if (state == State.CLOSING && closing.onCloseOk()) {
            die();
        }
    }

    /** The broker has said its last word on the channel: the lease ends before anybody gets the number. */
    private void die() {
        closing.end();
        state = State.CLOSED;
        ChannelHolder waiting = client;
        client = null;
        if (waiting != null) {
            waiting.onUpstreamClosed(this);
        }
        session.onChannelClosed(this, closing.isNumberLost());
    }

    /** The connection is gone, and the channel with it. */
    public void onLost() {
        state = State.CLOSED;
        content.end();
    }

    /** Ends the lease on a lost channel. Returns whose it was. */
    @Nullable
    public ChannelHolder endLostLease() {
        ChannelHolder loser = client;
        client = null;
        if (loser != null) {
            loser.onLeaseLost(this);
        }
        return loser;
    }

    /** Passes on a frame of content, or a method frame that the connection found to be for the client. */
    public void forward(WriteCoalescer writes, ByteBuffer in, int at, int length) {
        ChannelHolder to = client;
        if (to != null) {
            to.deliverFrame(writes, in, at, length);
        }
    }

    private void expect(State expected) {
        if (state != expected) {
            throw new IllegalStateException("upstream channel " + number + " is " + state + ", not " + expected);
        }
    }

    @Override
    public String toString() {
        return session + " channel " + number + ' ' + state;
    }
}
