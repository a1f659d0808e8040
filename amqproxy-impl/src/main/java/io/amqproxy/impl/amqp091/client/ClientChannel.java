package io.amqproxy.impl.amqp091.client;

import io.amqproxy.LeaseInfo;
import io.amqproxy.LeaseRequest.Purpose;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.AwaitedAnswers;
import io.amqproxy.impl.amqp091.channel.Blame;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.pool.spi.Slot;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One channel of a client. It is bound to an upstream channel by the first method that shows what it is for, and may be
 * bound anew while nothing at the broker depends on it.
 *
 * <pre>
 *    OPEN ---- channel.close of the client, something to wait for ----&gt; LEAVING --&gt; (gone, close-ok sent)
 *      |                                                                   |
 *      | channel.close of the broker or the proxy                          | the same
 *      v                                                                   v
 *    CLOSING -- close-ok of the client --&gt; (gone)                       CLOSING
 * </pre>
 *
 * <p>In LEAVING and CLOSING all that the client sends on the channel is dropped, but for the end of the closing.
 */
final class ClientChannel extends ReceivingChannel
        implements ChannelBinding.Host, HeldRefusal.Answers, IncomingContent.Channel {

    /** Where the channel is in its life; a channel that is not open has no object. */
    enum State {
        OPEN,
        LEAVING,
        CLOSING
    }

    private final ChannelSiblings siblings;
    private State state = State.OPEN;
    private final ChannelCounts counts = new ChannelCounts();

    private @Nullable UpstreamChannel upstream;
    /** What it publishes; null while it has not. */
    private @Nullable IncomingContent content;

    private boolean wantsConfirms;

    private final ChannelBinding binding = new ChannelBinding(this);
    /** Whether a refusal waits for what the broker has to say before it. */
    private boolean awaitsLastWord;
    /** Whether the client has no answer to its opening yet. */
    private boolean awaitsOpen;

    ClientChannel(ClientConnection session, ChannelSiblings siblings, int number) {
        super(session, number);
        this.siblings = siblings;
    }

    /** What it counts for in its client. */
    ChannelCounts counts() {
        return counts;
    }

    ChannelSiblings siblings() {
        return siblings;
    }

    State state() {
        return state;
    }

    @Override
    public @Nullable UpstreamChannel upstream() {
        return upstream;
    }

    @Override
    public @Nullable Slot slot() {
        return upstream;
    }

    @Override
    public void onConsumerGone() {
        siblings.onConsumerGone(this);
    }

    boolean isBound() {
        return upstream != null;
    }

    boolean isAwaitingOpen() {
        return awaitsOpen;
    }

    void setAwaitingOpen(boolean awaits) {
        awaitsOpen = awaits;
    }

    @Override
    public void onConfirmed() {
        countUnconfirmed();
        siblings.onConfirmed();
    }

    /** Whether the broker has yet to confirm something that the client has published may have changed. */
    @Override
    public void countUnconfirmed() {
        boolean awaits = upstream != null && upstream.outstanding().awaitsConfirms();
        if (counts.changeUnconfirmed(awaits)) {
            siblings.countUnconfirmed(awaits ? 1 : -1);
        }
    }

    /** The message that it publishes now or next. */
    IncomingContent content() {
        IncomingContent present = content == null ? new IncomingContent(this) : content;
        content = present;
        return present;
    }

    /** Whether this is its message. */
    boolean isPublishing(@Nullable HeldContent held) {
        return content == held;
    }

    /** Whether it is not in the midst of a message. */
    boolean isIdle() {
        return content == null || content.isIdle();
    }

    private void dropContent() {
        if (content != null) {
            content.drop();
        }
    }

    /** What it is bound for. */
    ChannelBinding binding() {
        return binding;
    }

    /** Whether its client expects confirms or deliveries. */
    boolean isAwaiting() {
        return carried.isInConfirmMode() || binding.isForDeliveries();
    }

    /** Whether the channel is about to enter confirm mode, so that an upstream channel in that mode fits best. */
    @Override
    public boolean wantsPrepared() {
        return wantsConfirms;
    }

    void setWantsConfirms() {
        wantsConfirms = true;
    }

    /** By which tag the next publish is confirmed, 0 where it is not. */
    long nextConfirmTag() {
        if (!carried.isInConfirmMode()) {
            return 0;
        }
        return 1
                + (upstream == null
                        ? carried.lastConfirmTag()
                        : upstream.outstanding().lastConfirmTag());
    }

    // Binding.

    /** Whether the broker has yet to begin one of its consumers, or to commit its transaction. */
    boolean isHeldUp() {
        UpstreamChannel up = upstream;
        return up != null && up.leftovers().holdsUp();
    }

    @Override
    public boolean askForLastWord() {
        session.writes().flush();
        UpstreamChannel up = upstream;
        if (state == State.OPEN && up != null && up.mayHaveMoreToSay()) {
            awaitsLastWord = true;
            up.fence();
        }
        return awaitsLastWord();
    }

    /** Or whether it has not closed the channel yet, as its client wants it. */
    @Override
    public boolean awaitsLastWord() {
        return awaitsLastWord || state == State.LEAVING;
    }

    private void onLastWord() {
        awaitsLastWord = false;
        session.onLastWord();
    }

    /** What the channel waited for at the broker is done. */
    @Override
    public void goOn() {
        if (session.isOpen()) {
            stopAwaitingProof();
        }
    }

    private void stopAwaitingProof() {
        siblings.goOn();
        binding.stopAwaitingProof();
    }

    /** The lease that the channel has, or gets, is right for this purpose. */
    @Override
    public void onPlaced(Purpose purpose) {
        binding.onPlaced(purpose);
    }

    /** The lease begins. */
    @Override
    public void onLeased(Slot slot) {
        UpstreamChannel to = (UpstreamChannel) slot;
        to.lease(this);
        upstream = to;
        binding.onLeased();
        carried.bringTo(to);
    }

    /** A lease that may end without notice ends, to begin elsewhere. */
    @Override
    public void moveAway() {
        UpstreamChannel up = upstream;
        if (up != null) {
            leave(up);
            released(up, Outcome.REUSED, Reason.MOVED);
            up.release();
        }
    }

    private void leave(UpstreamChannel left) {
        unbind();
        carried().takeFrom(left);
    }

    private void unbind() {
        if (upstream != null) {
            upstream.outstanding().awaited().end();
        }
        upstream = null;
        countUnconfirmed();
    }

    @Override
    public UpstreamChannel bound() {
        return Objects.requireNonNull(upstream, "the channel is not bound");
    }

    // Frames of the client.

    /** Takes the publishes that lie here as a whole, up to the first frame that is anything else. */
    int forwardMessages(ByteBuffer in, int at, int limit) {
        UpstreamChannel to = upstream;
        if (to == null || !binding.isPublishing() || state != State.OPEN || !isIdle()) {
            return at;
        }
        if (to.leftovers().holdsUp()) {
            return at;
        }
        int next = WholePublishes.take(session, number, to, in, at, limit);
        if (next > at) {
            countUnconfirmed();
            session.writes().add(to.session(), in, at, next);
            fenceIfDue(to);
            session.backpressure().forRoomIfFull(to.session());
        }
        return next;
    }

    /** Asks for the proof that what was published is not returned any more, where much may be. */
    @Override
    public void fenceIfDue(UpstreamChannel to) {
        if (to.outstanding().awaited().needsFence()) {
            session.writes().flush();
            to.fenceReturns();
        }
    }

    @Override
    public AwaitedAnswers.Reader answers() {
        return session.backpressure().answers();
    }

    @Override
    public boolean isWaitingForAnswers() {
        return session.backpressure().isForAnswers();
    }

    /** Takes a content frame; a method frame goes to {@code ClientMethods}. */
    void onContentFrame(ByteBuffer in, int at, int length) throws AmqpException {
        if (state != State.OPEN) {
            return;
        }
        if (Frame.type(in, at) == Frame.HEADER) {
            content().onHeader(in, at, length);
        } else {
            content().onBody(in, at, length);
        }
    }

    // Leaving.

    /**
     * The client closes the channel, or its connection.
     *
     * @return whether nothing has to be waited for; otherwise {@link ChannelSiblings#onLeft} follows
     */
    boolean leave() {
        dropContent();
        UpstreamChannel up = upstream;
        if (up == null) {
            return true;
        }
        state = State.LEAVING;
        if (up.leftover() != Reason.CLEAN) {
            up.close();
            return false;
        }
        if (up.hasToBeProved()) {
            up.fence();
            return false;
        }
        release();
        return true;
    }

    /** The client is gone: whatever it had is given back without asking it. */
    void abandon() {
        dropContent();
        UpstreamChannel up = upstream;
        if (up == null) {
            return;
        }
        if (up.state() == UpstreamChannel.State.LEASED) {
            release();
        } else {
            unbind();
            up.forgetClient();
            released(up, Outcome.CLOSED, up.leftover());
        }
    }

    private void release() {
        UpstreamChannel up = bound();
        unbind();
        Reason why = up.session().owner().whyNotReuse(up);
        released(up, why == Reason.CLEAN ? Outcome.REUSED : Outcome.CLOSED, why);
        if (why == Reason.CLEAN) {
            up.release();
        } else {
            up.forgetClient();
            up.close();
        }
    }

    /** The lease has ended. */
    private void released(UpstreamChannel left, Outcome outcome, Reason reason) {
        Amqp091Connection up = left.session();
        long published = left.outstanding().published();
        long delivered = left.content().delivered();
        session.countLease(published, delivered);
        LeaseInfo lease = LeaseInfo.of(session.info(), number, up.info(), left.number());
        session.loop().events.channelReleased(lease, Release.of(outcome, reason, published, delivered));
        up.owner().onReleased(left, session);
    }

    /** The broker has handled all that was sent before a fence. */
    @Override
    public void onFenced() {
        if (state == State.LEAVING) {
            release();
            siblings.onLeft(this);
        } else {
            stopAwaitingProof();
            onLastWord();
        }
    }

    /** The channel that a leaving client had is closed, as was asked for, or because the broker refused the fence. */
    @Override
    public void onUpstreamClosed(UpstreamChannel closed) {
        unbind();
        Reason left = closed.leftover();
        released(closed, Outcome.CLOSED, left == Reason.CLEAN ? Reason.NO_FENCE : left);
        siblings.onLeft(this);
    }

    @Override
    public boolean onFenceRefused(UpstreamChannel closed) {
        if (state == State.LEAVING) {
            return false;
        }
        leave(closed);
        Reason left = closed.leftover();
        released(closed, Outcome.CLOSED, left == Reason.CLEAN ? Reason.NO_FENCE : left);
        stopAwaitingProof();
        onLastWord();
        if (state == State.OPEN && (!closed.canBeReplaced() || !isIdle())) {
            session.onUpstreamLost(CloseCause.byProxy(Kind.FORCED, "the channel at the broker was lost"));
        }
        return true;
    }

    /** The broker closed the channel. */
    @Override
    public void onBrokerClosed(UpstreamChannel closed, int code, String text, int methodId) {
        unbind();
        released(closed, Outcome.CLOSED, Reason.BROKER_CLOSED);
        boolean leaving = state == State.LEAVING;
        fail(code, text, methodId);
        if (leaving) {
            siblings.onCrossed(this);
        }
    }

    /** The lease was lost with its upstream; {@link #onUpstreamLost} follows when all of them have ended. */
    @Override
    public void onLeaseLost(UpstreamChannel lost) {
        leave(lost);
        released(lost, Outcome.LOST, Reason.UPSTREAM_LOST);
    }

    /** The upstream was lost, which the client has to hear of where something was at stake. */
    @Override
    public void onUpstreamLost(UpstreamChannel lost, CloseCause ending, Blame blame) {
        stopAwaitingProof();
        if (hasToHearOf(lost, ending, blame)) {
            session.onUpstreamLost(blame.endingFor(session, ending));
        } else if (state == State.LEAVING) {
            siblings.onLeft(this);
        } else {
            onLastWord();
        }
    }

    private boolean hasToHearOf(UpstreamChannel lost, CloseCause ending, Blame blame) {
        if (state == State.LEAVING) {
            return lost.outstanding().mayBeMissed() || lost.isPassingContent();
        }
        return !lost.canBeReplaced()
                || !isIdle()
                || blame.isCulprit(session)
                || session.loop().tellsOfLoss(session.info())
                || (ending.isOfRestart() && siblings.mayLoseToRestart());
    }

    /**
     * Closes the channel towards the client with an error. A client that has got a part of a message takes nothing else
     * on the channel: its connection is closed.
     */
    void fail(int code, String text, int methodId) {
        dropContent();
        stopAwaitingProof();
        UpstreamChannel up = upstream;
        if (up != null && up.isPassingContent()) {
            session.close(ConnectionClose.byProxy(code, text, methodId));
            return;
        }
        if (up != null) {
            abandon();
        }
        state = State.CLOSING;
        session.gateway().forgo(this);
        siblings.ensureOpen(this);
        session.context().frames().close(session.out(), number, code, text, methodId);
        session.flush();
        onLastWord();
    }

    @Override
    public String toString() {
        return session + " channel " + number + ' ' + state;
    }
}
