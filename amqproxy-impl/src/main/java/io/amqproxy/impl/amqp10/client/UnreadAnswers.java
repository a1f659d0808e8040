package io.amqproxy.impl.amqp10.client;

/**
 * How many octets of answers a client has not read, among messages, which are bounded by windows. A client that writes
 * for as long as it is read, and reads nothing, would otherwise have all of its answers kept.
 *
 * <p>They are counted in two parts, before and behind a mark in all that is written, and those before it are forgotten
 * when the mark was read. So there may be fewer than are counted, and none is counted that was read with one behind it.
 */
final class UnreadAnswers {

    /** Who has so many octets of them to read is not read. */
    static final long MOST = 1024 * 1024;

    private long written;
    private long mark;
    private long beforeMark;
    private long behindMark;

    /** An answer is written. */
    void add(long octets) {
        written += octets;
        behindMark += octets;
    }

    /** Something else is written. */
    void addOthers(long octets) {
        written += octets;
    }

    boolean areTooMany() {
        return beforeMark + behindMark > MOST;
    }

    /** All but so many octets are read. */
    void onSent(long unread) {
        if (written - unread - mark >= 0) {
            beforeMark = unread == 0 ? 0 : behindMark;
            behindMark = 0;
            mark = written;
        }
    }
}
