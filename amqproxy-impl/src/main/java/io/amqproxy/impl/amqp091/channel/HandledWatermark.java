package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.Method;
import org.jspecify.annotations.Nullable;

/**
 * How much of what was sent on a channel the broker has proved to have handled. A channel is handled in order, so that
 * an answer proves all that was sent before its question; with several questions under way the last answer counts.
 */
final class HandledWatermark {

    private static final int NOTES = 4;

    private int unanswered;
    private long sent;
    private long sentAtQuestion;
    private long sentProved;

    // How much had been sent with the last of what the broker does not answer, of each kind.
    private long sentAtStatement;
    private long sentAtSettling;
    private long sentAtPublish;
    private long sentConfirmed;

    /** The methods that were sent since all was proved, but for publishes; of many only that there were many. */
    private final @Nullable Method[] notes = new Method[NOTES];

    private int noted;
    private int notedAtQuestion;

    // Of these, the publishes of the present lease.
    private long published;
    private long publishedAtQuestion;
    private long publishedProved;
    /** The last one that is mandatory. */
    private long lastMandatory;

    /** A lease begins: its publishes are counted from 0. */
    void begin() {
        published = 0;
        publishedAtQuestion = 0;
        publishedProved = 0;
        lastMandatory = 0;
    }

    void onPublish(boolean mandatory) {
        sent++;
        sentAtPublish = sent;
        published++;
        if (mandatory) {
            lastMandatory = published;
        }
    }

    /** A method was sent that the broker does not answer. */
    void onStatement(Method method) {
        note(method);
        sent++;
        sentAtStatement = sent;
    }

    /** Messages were settled, to which the broker has nothing to say. */
    void onSettled(Method method) {
        note(method);
        sent++;
        sentAtSettling = sent;
    }

    /** A method was sent that the broker answers. */
    void onQuestion(Method method) {
        note(method);
        unanswered++;
        sent++;
        sentAtQuestion = sent;
        notedAtQuestion = noted;
        publishedAtQuestion = published;
    }

    void onAnswer() {
        unanswered--;
        if (unanswered == 0) {
            sentProved = sentAtQuestion;
            publishedProved = publishedAtQuestion;
            if (noted == notedAtQuestion) {
                noted = 0;
                notedAtQuestion = 0;
            }
        }
    }

    private void note(Method method) {
        notes[noted % NOTES] = method;
        noted++;
    }

    /**
     * Whether such a method may be among those that the broker has not proved to have handled.
     *
     * @param methodId 0 for any method
     */
    boolean mayInclude(int methodId) {
        if (noted > NOTES) {
            return true;
        }
        if (methodId == 0) {
            return noted > 0 || unprovedPublishes() > 0;
        }
        for (int i = 0; i < noted; i++) {
            Method method = notes[i];
            if (method != null && method.id() == methodId) {
                return true;
            }
        }
        return methodId == Method.BASIC_PUBLISH.id() && unprovedPublishes() > 0;
    }

    /** All publishes were confirmed. */
    void onAllConfirmed() {
        publishedProved = published;
        sentConfirmed = sentAtPublish;
    }

    /**
     * Whether the broker may not have handled something yet that it does not answer, so that a return or an error may
     * still come.
     */
    boolean mayBeObjectedTo() {
        return isUnproved(sentAtPublish) || mayLose();
    }

    /**
     * Whether the client has to hear of it if the channel is lost now: the broker may not have handled something that
     * it does not answer. Of publishes those count that are mandatory; who wants to know of others asks for confirms.
     */
    boolean mayLose() {
        return isUnproved(sentAtSettling) || mayLoseStatements();
    }

    /** The same, but for what was settled: a message whose acknowledgement is lost is delivered again. */
    boolean mayLoseStatements() {
        return isUnproved(sentAtStatement) || lastMandatory > publishedProved;
    }

    private boolean isUnproved(long place) {
        return place > Math.max(sentProved, sentConfirmed);
    }

    boolean isComplete() {
        return unanswered == 0 && sentProved == sent;
    }

    long published() {
        return published;
    }

    /** Whether the lease has published anything that may be returned, proved or not. */
    boolean hasPublishedMandatory() {
        return lastMandatory > 0;
    }

    long unprovedPublishes() {
        return published - publishedProved;
    }
}
