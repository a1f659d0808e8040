package io.amqproxy.impl.net;

import java.util.concurrent.TimeUnit;

/**
 * Tells whether a peer streams in small pieces without waiting for anything, as a publisher does that writes each
 * message by itself and takes no confirms. To read such a piece costs more than all that is done with it, so that the
 * peer is better polled: one read takes many pieces then. Each poll has to bring a few at least.
 *
 * <p>A peer for which that was wrong, as it waited for something after all, has to stream for twice as long before it
 * is polled again. So what a wrong guess costs it is little beside what went before.
 */
final class SmallReadDetector {

    /** Reads that are looked at together, at the least and at the most. */
    static final int FEWEST = 16;

    static final int MOST = FEWEST << 10;

    /** The time, in nanoseconds, within which a stream brings a read, on an average. */
    static final long PER_READ = TimeUnit.MICROSECONDS.toNanos(250);

    /** Octets that a read of small pieces stays below, on an average. */
    static final int SMALL = 2048;

    /** Pieces that a poll has to bring. */
    static final int WORTH = 3;

    /** Octets of a poll that are much for the peer's window, so that polling may hold it up. */
    static final int FULL = 32 * 1024;

    private int wanted = FEWEST;
    private int reads;
    private long octets;
    private long since;
    private int piece = 1;

    /**
     * A read brought so many octets.
     *
     * @return whether the peer is better polled from now on
     */
    boolean isStream(int count, long now) {
        if (reads == 0) {
            octets = 0;
            since = now;
        }
        octets += count;
        if (++reads < wanted) {
            return false;
        }
        reads = 0;
        piece = (int) Math.max(1, octets / wanted);
        return piece < SMALL && now - since < wanted * PER_READ;
    }

    /**
     * A poll brought so many octets.
     *
     * @return whether the peer is better polled the next time as well
     */
    boolean isWorthPolling(int count) {
        if (count >= FULL) {
            return false;
        }
        if (pieces(count) < WORTH) {
            onWrongGuess();
            return false;
        }
        wanted = Math.max(wanted / 2, FEWEST);
        return true;
    }

    /** How many reads these octets would have taken without polling. */
    int pieces(int count) {
        return count / piece;
    }

    /** Something was sent to the peer, which may have waited for it. */
    void onSent() {
        reads = 0;
    }

    /** The peer was polled and should not have been. */
    void onWrongGuess() {
        wanted = Math.min(2 * wanted, MOST);
    }
}
