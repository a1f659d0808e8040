package io.amqproxy.impl.session;

import io.amqproxy.CloseMode;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.wire.Method;
import io.amqproxy.impl.wire.ReplyCode;
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
public final class UpstreamChannel {

    /** Where the channel is in its life. */
    public enum State {
        IDLE,
        LEASED,
        FENCING,
        CLOSING,
        CLOSED
    }

    private final UpstreamSession session;
    private final int number;
    private State state = State.IDLE;
    /** Whether the broker has answered {@code channel.open}: what came before is not of this channel. */
    private boolean opened;

    private int closesUnanswered;
    private boolean closedByBroker;
    private @Nullable ClientChannel client;

    // What is known of the channel at the broker, over all leases.
    private final Declarations declarations;
    private final Confirms confirms = new Confirms();
    private final BrokerContent content;
    private final Proof proof = new Proof();
    private final Replies replies = new Replies();
    private final OwnMethods own;

    // What the present lease did.
    private final Leftovers leftovers;
    private long releasedAt;
    private boolean served;
    private long servesSince;
    private long toldToCloseAt;

    UpstreamChannel(UpstreamSession session, int number) {
        this.session = session;
        this.number = number;
        this.declarations = new Declarations(session);
        this.own = new OwnMethods(session, number, replies, proof);
        this.leftovers = new Leftovers(session.nameReader());
        this.content = new BrokerContent(this);
    }

    public UpstreamSession session() {
        return session;
    }

    public int number() {
        return number;
    }

    public State state() {
        return state;
    }

    public boolean isConfirming() {
        return confirms.isOn();
    }

    @Nullable
    ClientChannel client() {
        return client;
    }

    public long published() {
        return proof.published();
    }

    public long delivered() {
        return content.delivered();
    }

    // The lease.

    /** Lends the channel: IDLE becomes LEASED. */
    public void lease(ClientChannel to) {
        expect(State.IDLE);
        state = State.LEASED;
        client = to;
        if (!served) {
            served = true;
            servesSince = session.now();
        }
        confirms.begin(to.lastConfirmTag());
        leftovers.begin(to.lastDeliveryTag());
        declarations.begin();
        content.beginLease();
        proof.begin();
    }

    /** What would be left on the channel if the lease ended now. */
    public Reason leftover() {
        return leftovers.reason();
    }

    Leftovers leftovers() {
        return leftovers;
    }

    Declarations declarations() {
        return declarations;
    }

    Confirms confirms() {
        return confirms;
    }

    BrokerContent content() {
        return content;
    }

    Replies replies() {
        return replies;
    }

    /** Whether the lease can end here and begin elsewhere without the client noticing. */
    boolean isMovable() {
        return isMovableOnceProved() && isProved();
    }

    /** The same, but for the proof that the broker has handled what was sent. */
    boolean isMovableOnceProved() {
        return state == State.LEASED && leftover() == Reason.CLEAN && !confirms.isOn();
    }

    /** Whether the client need not notice that the channel is lost with its connection. */
    boolean canBeReplaced() {
        return leftover() == Reason.CLEAN && !mayLoseWhatWasSent() && !isPassingContent();
    }

    /**
     * Whether the broker may not have handled something that the client has sent, and would have to hear of if that was
     * lost.
     */
    boolean mayLoseWhatWasSent() {
        return replies.isClientWaiting()
                || !confirms.isSettled()
                || proof.mayLose()
                || (unprovedPublishes() > 0 && isFencedAtClose());
    }

    private boolean isFencedAtClose() {
        return session.settings().closeMode() == CloseMode.FENCED;
    }

    /** Whether the client's close is answered only when the broker has handled what was sent. */
    boolean hasToBeProved() {
        return proof.mayLoseStatements() || isPassingContent() || (unprovedPublishes() > 0 && isFencedAtClose());
    }

    /**
     * Whether the channel's client may have sent such a method without the broker having handled it.
     *
     * @param methodId 0 for any method
     */
    boolean hasSent(int methodId) {
        return proof.mayInclude(methodId);
    }

    /** Whether the broker has answered or confirmed all that was sent. */
    private boolean isProved() {
        return proof.isComplete() && !isPassingContent();
    }

    /**
     * Whether a message of the broker is passed on in part: the client takes nothing else on the channel before its
     * end.
     */
    boolean isPassingContent() {
        return content.isIncomplete();
    }

    /** Publishes of the last lease that the broker may not have handled. */
    public long unprovedPublishes() {
        return proof.unprovedPublishes();
    }

    /** Publishes that are lost without anybody noticing if the connection is lost now. */
    long publishesAtRisk() {
        boolean isKnownToClient = closedByBroker || (client != null && !canBeReplaced());
        return state == State.IDLE || isKnownToClient ? 0 : unprovedPublishes();
    }

    /** Whether the broker may still say something that the client has to hear before an answer to what it says now. */
    boolean mayHaveMoreToSay() {
        return replies.isClientWaiting() || isPassingContent() || proof.mayBeObjectedTo();
    }

    /** Whether its first lease began at this time, in the loop's time, or before. */
    public boolean hasServedSince(long time) {
        return served && servesSince - time <= 0;
    }

    /** When the last lease ended, in the loop's time. */
    public long releasedAt() {
        return releasedAt;
    }

    /** When the broker was told to close the channel, in the loop's time. */
    public long toldToCloseAt() {
        return toldToCloseAt;
    }

    /** Whether a client has the channel, or waits for its end. */
    public boolean hasClient() {
        return client != null;
    }

    /** Asks the broker to prove that it handled all that went before. */
    void fence() {
        own.fence();
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
        if (state != State.FENCING || !isProved() || !confirms.isSettled()) {
            return;
        }
        if (leftover() != Reason.CLEAN) {
            close(); // A consumer that was cancelled had been sent more.
        } else {
            proof.onAllConfirmed();
            state = State.IDLE;
            session.onFenced(this);
            session.owner().onChannelIdle(this);
        }
    }

    /** Closes the channel at the broker; the client, if it still has one, is told when that is done. */
    public void close() {
        if (state != State.CLOSING && state != State.CLOSED) {
            state = State.CLOSING;
            toldToCloseAt = session.now();
            sayClose();
            session.owner().onChannelClosing(this);
        }
    }

    private void sayClose() {
        closesUnanswered++;
        own.close();
    }

    /** The client needs nothing more of the channel. */
    public void forgetClient() {
        client = null;
    }

    // What the client did. The caller has written, or is about to write, the method.

    void onPublish(boolean mandatory) {
        proof.onPublish(mandatory);
        session.traffic().published++;
        confirms.onPublish();
    }

    /** A method was sent that the broker does not answer. */
    void onStatement(Method method) {
        proof.onStatement(method);
    }

    /** A method was sent that the broker answers. */
    void onQuestion(Method method) {
        replies.await(method);
        proof.onQuestion(method);
    }

    /**
     * Writes {@code confirm.select} through; its answer is for nobody. Answers at once where the channel is in the
     * mode.
     */
    void select() {
        if (!confirms.isOn()) {
            confirms.select();
            own.select();
        }
    }

    /** The client's own {@code confirm.select} goes to the broker, whose answer is for the client. */
    void onSelect() {
        if (!leftovers.isTransactional()) {
            confirms.select();
        }
    }

    /** Sets a prefetch limit whose answer is for nobody. */
    void writeQos(int prefetch, boolean global) {
        own.qos(prefetch, global, leftovers);
    }

    /** The newest publish as the client counts those that are confirmed. */
    long lastConfirmTag() {
        return confirms.last();
    }

    // What the broker did.

    /** A message has come as a whole. */
    void onContentComplete() {
        if (client == null) {
            becomeIdleIfProved();
        }
    }

    /** An answer came; {@return whether it is for the client} */
    boolean onReply() {
        boolean isForClient = client != null; // The last answer of a lease lets another client have the channel.
        if (replies.take()) {
            onOwnReply();
        }
        return isForClient;
    }

    /** An answer came to something that the proxy itself had asked. */
    void onOwnReply() {
        proof.onAnswer();
        becomeIdleIfProved();
    }

    /** A fence was answered: all that was sent before it is done. */
    void onFenced() {
        proof.onAnswer();
        ClientChannel waiting = client;
        if (state == State.LEASED && waiting != null) {
            waiting.onFenced();
        } else {
            becomeIdleIfProved();
        }
    }

    void onConfirmed(long tag, boolean multiple) {
        confirms.onConfirmed(tag, multiple);
        if (confirms.isSettled()) {
            proof.onAllConfirmed();
        }
        if (client == null) {
            becomeIdleIfProved();
        }
    }

    /** Whether the broker may return something to the present lease. */
    boolean mayBeReturned() {
        return proof.hasPublishedMandatory();
    }

    /**
     * The broker says what this lease cannot have caused. Nobody hears of it, and the channel is not trusted any more.
     */
    void onForeign(Method said) {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        session.onUnsound(this, "a " + said + " that its client cannot have caused");
        ClientChannel ended = client;
        client = null;
        if (ended != null) {
            String text = ReplyCode.INTERNAL_ERROR + " - the broker sent an unexpected " + said;
            ended.onBrokerClosed(this, ReplyCode.INTERNAL_ERROR.code(), text, 0);
        }
        close();
    }

    /** A delivery has another tag than was to come: its client has it, but nobody else gets the channel. */
    void onOddTag(ByteBuffer in, int tagAt) {
        session.onUnsound(this, "a delivery tag " + in.getLong(tagAt) + " that was not to come");
        leftovers.onOddTag(in, tagAt);
    }

    void onOpenOk() {
        opened = true;
    }

    boolean isOpened() {
        return opened;
    }

    /** The broker closes the channel, and has no answer yet. */
    void onBrokerClose(int code, String text, int methodId) {
        closedByBroker = true;
        if (code == ReplyCode.ACCESS_REFUSED.code()) {
            session.owner().onRightMissing();
        }
        if (methodId == Method.CHANNEL_FLOW.id() && replies.isFencing()) {
            session.owner().onFenceRefused(new Ending(Initiator.BROKER, code, text, methodId));
        } else if (client != null) {
            ClientChannel closed = client;
            client = null;
            closed.onBrokerClosed(this, code, leftovers.inWordsOfClient(code, text, methodId), methodId);
        }
        if (!session.tellsOfLastWord()) {
            die();
        } else if (state == State.CLOSING) {
            sayClose();
        } else {
            close();
        }
    }

    void onCloseOk() {
        if (state == State.CLOSING && --closesUnanswered == 0) {
            die();
        }
    }

    /** The broker has said its last word on the channel: the lease ends before anybody gets the number. */
    private void die() {
        if (closedByBroker) {
            own.closeOk();
        }
        state = State.CLOSED;
        ClientChannel waiting = client;
        client = null;
        if (waiting != null) {
            waiting.onUpstreamClosed(this);
        }
        session.onChannelClosed(this);
    }

    /** The connection is gone, and the channel with it. */
    void onLost() {
        state = State.CLOSED;
        content.end();
    }

    /** Ends the lease on a lost channel; {@return whose it was} */
    @Nullable
    ClientChannel endLostLease() {
        ClientChannel loser = client;
        client = null;
        if (loser != null) {
            loser.onLeaseLost(this);
        }
        return loser;
    }

    /** Passes on a frame of content, or a method frame that {@link BrokerMethods} found to be for the client. */
    void forward(Run run, ByteBuffer in, int at, int length) {
        ClientChannel to = client;
        if (to != null) {
            to.deliverFrame(run, in, at, length);
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
