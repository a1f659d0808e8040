package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.CloseMode;
import io.amqproxy.impl.amqp091.codec.Method;

/**
 * What was sent on a channel to the broker, and what that has yet to say to it: answers, confirms, returns, and the
 * proof that it has handled what needs no answer. The caller has written, or is about to write, what it tells.
 */
public final class Outstanding {

    private final Amqp091Connection session;
    private final UncleanState leftovers;
    private final Confirms confirms = new Confirms();
    private final HandledWatermark proof = new HandledWatermark();
    private final PendingReplies replies = new PendingReplies();
    private final AwaitedAnswers awaited = new AwaitedAnswers();

    Outstanding(Amqp091Connection session, UncleanState leftovers) {
        this.session = session;
        this.leftovers = leftovers;
    }

    void begin(long lastConfirmTag, AwaitedAnswers.Reader client) {
        confirms.begin(lastConfirmTag);
        proof.begin();
        awaited.begin(client);
    }

    public Confirms confirms() {
        return confirms;
    }

    public PendingReplies replies() {
        return replies;
    }

    /** What the broker has yet to say to the lease's client. */
    public AwaitedAnswers awaited() {
        return awaited;
    }

    /** Publishes of the present lease. */
    public long published() {
        return proof.published();
    }

    /** The newest publish as the client counts those that are confirmed. */
    public long lastConfirmTag() {
        return confirms.last();
    }

    // What the client sends.

    /** A message of so many octets is published. */
    public void onPublish(boolean mandatory, long octets) {
        proof.onPublish(mandatory);
        if (mandatory && provesReturns()) {
            awaited.onMandatory(octets);
        }
        session.traffic().published++;
        confirms.onPublish();
        if (!confirms.isOn()) {
            session.onPublished();
        }
    }

    /** A method was sent that the broker does not answer. */
    public void onStatement(Method method) {
        proof.onStatement(method);
        countStatement();
    }

    /** A fence behind it proves that it is done; the caller asks for that where it is due. */
    private void countStatement() {
        if (provesReturns()) {
            awaited.onStatement();
        }
    }

    /** In a transaction messages are returned at its end, and all is done then. */
    private boolean provesReturns() {
        return session.answersFences() && !leftovers.isTransactional();
    }

    /** Messages were settled that were there to be settled. */
    public void onSettled(Method method) {
        proof.onSettled(method);
        if (method != Method.BASIC_ACK) {
            countStatement(); // What goes back to its queue comes again.
        }
    }

    /** A method was sent that the broker answers. */
    public void onQuestion(Method method) {
        replies.await(method);
        proof.onQuestion(method);
        awaited.onQuestion();
    }

    /** The client's own {@code confirm.select} goes to the broker, whose answer is for the client. */
    public void onSelect() {
        if (!leftovers.isTransactional()) {
            confirms.select();
        }
    }

    // What the proxy sends by itself.

    void onOwnQuestion(Method method) {
        replies.awaitOwn(method);
        proof.onQuestion(method);
    }

    void onFence() {
        awaited.onFence(replies.mayFence());
        onOwnQuestion(Method.CHANNEL_FLOW);
    }

    // What the broker says.

    /**
     * An answer came.
     *
     * @return whether it is one that was waited for
     */
    boolean takeReply() {
        boolean taken = replies.take();
        if (taken) {
            awaited.onAnswer();
        }
        return taken;
    }

    void onAnswer() {
        proof.onAnswer();
    }

    void onFenced() {
        proof.onAnswer();
        awaited.onFenced();
    }

    /** Returns whether all is confirmed. */
    boolean onConfirmed(long tag, boolean multiple) {
        confirms.onConfirmed(tag, multiple);
        if (confirms.isSettled()) {
            proof.onAllConfirmed();
            awaited.onAllHandled();
        }
        return confirms.isSettled();
    }

    void onAllHandled() {
        proof.onAllConfirmed();
    }

    // What is outstanding.

    /** Whether the broker has answered all, and nothing came behind the last question. */
    boolean isHandled() {
        return proof.isComplete();
    }

    /** Publishes of the last lease that the broker may not have handled. */
    long unprovedPublishes() {
        return proof.unprovedPublishes();
    }

    /**
     * Whether the broker may not have handled something that the client has sent, and would have to hear of if that was
     * lost.
     */
    public boolean mayBeMissed() {
        return replies.isClientWaiting() || !confirms.isSettled() || proof.mayLose() || needsFenceAtClose();
    }

    private boolean needsFenceAtClose() {
        return unprovedPublishes() > 0 && session.settings().closeMode() == CloseMode.FENCED;
    }

    /** Whether the client's close is answered only when the broker has handled this. */
    boolean hasToBeProved() {
        return replies.isClientWaiting() || proof.mayLoseStatements() || needsFenceAtClose();
    }

    /** Whether the broker may still say something to it that the client has to hear. */
    boolean mayBeAnswered() {
        return replies.isClientWaiting() || proof.mayBeObjectedTo();
    }

    /**
     * Whether such a method may be among what the broker has not proved to have handled.
     *
     * @param methodId 0 for any method
     */
    boolean mayInclude(int methodId) {
        return proof.mayInclude(methodId);
    }

    /** Whether something may be returned that no fence is behind yet, and there may be one. */
    boolean wantsFence() {
        return awaited.isUnfenced() && replies.mayFence();
    }

    /** Whether the broker has yet to confirm something. */
    public boolean awaitsConfirms() {
        return !confirms.isSettled();
    }

    /** Whether the broker may return something to the present lease. */
    public boolean mayBeReturned() {
        return proof.hasPublishedMandatory();
    }
}
