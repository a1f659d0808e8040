package io.amqproxy.impl.amqp091.channel;

import org.jspecify.annotations.Nullable;

/**
 * What the broker has yet to say to a lease's client because of what that has sent, as far as it can be foreseen:
 * answers to its questions, messages that it asks for, and mandatory ones that may be returned. All of it comes on a
 * connection that others share, so that a client who reads none of it may only have so much of it under way.
 *
 * <p>That a mandatory message is not returned any more is known from a fence behind it, or from all confirms.
 */
public final class AwaitedAnswers {

    /** Octets that may be returned before a fence is sent behind them, so that a client which reads need not wait. */
    static final int BETWEEN_FENCES = 64 * 1024;

    /** As what such a method counts: as many may be under way as questions. */
    private static final int STATEMENT = 8 * 1024;

    /** Who gets to hear it: a client, with all of its channels. */
    public interface Reader {

        /** So many more answers are under way, so many of them with messages, and octets that may be returned. */
        void await(int questions, int gets, long returnable);

        /** A message that was asked for has come, of so many octets, or none, of 0. */
        void onGot(long octets);
    }

    private @Nullable Reader reader;
    private int questions;
    private int gets;
    /** Octets of mandatory messages: of the lease, of those before the fence that is under way, and handled ones. */
    private long sent;

    private long beforeFence;
    private long handled;
    private boolean fenced;

    /** A lease begins. */
    void begin(Reader newReader) {
        reader = newReader;
        questions = 0;
        gets = 0;
        sent = 0;
        beforeFence = 0;
        handled = 0;
        fenced = false;
    }

    /** The lease ends; what comes now is for nobody. */
    public void end() {
        tell(-questions, -gets, handled - sent);
        reader = null;
    }

    private void tell(int moreQuestions, int moreGets, long moreReturnable) {
        questions += moreQuestions;
        gets += moreGets;
        if (reader != null && (moreQuestions | moreGets | moreReturnable) != 0) {
            reader.await(moreQuestions, moreGets, moreReturnable);
        }
    }

    void onQuestion() {
        tell(1, 0, 0);
    }

    void onAnswer() {
        if (questions > 0) {
            tell(-1, 0, 0);
        }
    }

    /** A message is asked for, beside the question itself. */
    public void onGet() {
        tell(0, 1, 0);
    }

    /** A message that was asked for has come as a whole, or there is none. */
    public void onGot(long octets) {
        if (gets > 0 && reader != null) {
            reader.onGot(octets);
            tell(0, -1, 0);
        }
    }

    /** Something was sent that the broker does not answer, and that takes it as long as a question. */
    void onStatement() {
        onMandatory(STATEMENT);
    }

    void onMandatory(long octets) {
        sent += octets;
        tell(0, 0, octets);
    }

    /** Whether so much may be returned that a fence is due. */
    public boolean needsFence() {
        return !fenced && sent - handled >= BETWEEN_FENCES;
    }

    /** Whether anything may be returned that no fence is under way for. */
    boolean isUnfenced() {
        return !fenced && sent > handled;
    }

    /**
     * A fence is sent.
     *
     * @param isOnly whether no other one is under way, so that the next answer is its own
     */
    void onFence(boolean isOnly) {
        if (isOnly) {
            beforeFence = sent;
            fenced = true;
        }
    }

    /** A fence is answered. */
    void onFenced() {
        if (fenced) {
            fenced = false;
            onHandled(beforeFence);
        }
    }

    /** Nothing of what was sent will be returned, or it cannot be known. */
    public void onAllHandled() {
        onHandled(sent);
    }

    private void onHandled(long upTo) {
        long more = Math.max(0, upTo - handled);
        handled += more;
        tell(0, 0, -more);
    }
}
