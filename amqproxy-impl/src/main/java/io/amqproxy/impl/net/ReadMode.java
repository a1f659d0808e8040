package io.amqproxy.impl.net;

import org.jspecify.annotations.Nullable;

/**
 * How a client's connection is read. Normally when something has come; or, while the client streams in small pieces and
 * the loop has much to read, by the clock. Its first segments are acknowledged at once, where no answer does so.
 *
 * <p>Clients that leave Nagle's algorithm on wait for the acknowledgement of one small write before they send the next,
 * and the kernel delays it by 40 ms where there is nothing to answer; a short-lived client would spend most of its life
 * so.
 */
final class ReadMode {

    /** What is read. */
    interface Reader {
        /** Reads, and says so by {@link #onRead}. */
        void readNow();
    }

    /** Reads at the beginning of a connection, which may be all that it lives for. */
    static final int FIRST = 16;

    private final Reader reader;
    private PolledConnections polling;
    private int first = FIRST;
    private @Nullable SmallReadDetector reads;
    private boolean polled;
    private boolean queued;

    ReadMode(PolledConnections polling, Reader reader) {
        this.polling = polling;
        this.reader = reader;
    }

    /** Whether the last read was one of the first. */
    boolean isAtBeginning() {
        return reads == null;
    }

    /** Whether the connection is read by the clock now, and need not be looked at in between. */
    boolean isPolled() {
        return polled;
    }

    /** A read brought so many octets; negative if the peer cannot be read any more. */
    void onRead(int count, long now) {
        SmallReadDetector pattern = pattern();
        if (count < 0 || pattern == null) {
            stop();
            return;
        }
        boolean better;
        if (polled) {
            polling.count(pattern.pieces(count), now);
            better = pattern.isWorthPolling(count);
        } else {
            polling.count(1, now);
            better = pattern.isStream(count, now);
        }
        if (!better || !polling.isWorthIt()) {
            stop();
            return;
        }
        polled = true;
        if (!queued) {
            queued = true;
            polling.add(this, now);
        }
    }

    /** Nothing is known of the first reads. */
    private @Nullable SmallReadDetector pattern() {
        if (reads == null && first-- == 0) {
            reads = new SmallReadDetector();
        }
        return reads;
    }

    /**
     * Something was sent to the peer, which may have waited for it.
     *
     * @return whether that ends the polling
     */
    boolean onSent() {
        SmallReadDetector pattern = reads;
        if (pattern == null) {
            return false;
        }
        pattern.onSent();
        if (!polled) {
            return false;
        }
        pattern.onWrongGuess();
        stop();
        return true;
    }

    /** Reads the connection when something has come, at least for now. */
    void stop() {
        polled = false;
        if (queued) {
            queued = false;
            polling.remove(this);
        }
    }

    /** The connection goes to another loop. */
    void moveTo(PolledConnections other) {
        stop();
        polling = other;
    }

    /** It is time to read. */
    void onTime() {
        if (queued) {
            queued = false;
            reader.readNow();
        }
    }
}
