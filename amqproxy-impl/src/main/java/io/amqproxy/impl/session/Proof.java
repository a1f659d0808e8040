package io.amqproxy.impl.session;

/**
 * How much of what was sent on a channel the broker has proved to have handled. A channel is handled in order, so that
 * an answer proves all that was sent before its question; with several questions under way the last answer counts.
 */
final class Proof {

    private int unanswered;
    private long sent;
    private long sentAtQuestion;
    private long sentProved;

    // Of these, the publishes of the present lease.
    private long published;
    private long publishedAtQuestion;
    private long publishedProved;

    /** A lease begins: its publishes are counted from 0. */
    void begin() {
        published = 0;
        publishedAtQuestion = 0;
        publishedProved = 0;
    }

    void onPublish() {
        sent++;
        published++;
    }

    /** Something was sent that the broker does not answer. */
    void onStatement() {
        sent++;
    }

    /** Something was sent that the broker answers. */
    void onQuestion() {
        unanswered++;
        sent++;
        sentAtQuestion = sent;
        publishedAtQuestion = published;
    }

    void onAnswer() {
        unanswered--;
        if (unanswered == 0) {
            sentProved = sentAtQuestion;
            publishedProved = publishedAtQuestion;
        }
    }

    /** All publishes were confirmed. */
    void onAllConfirmed() {
        publishedProved = published;
    }

    boolean isComplete() {
        return unanswered == 0 && sentProved == sent;
    }

    long published() {
        return published;
    }

    long publishedProved() {
        return publishedProved;
    }

    long unprovedPublishes() {
        return published - publishedProved;
    }
}
