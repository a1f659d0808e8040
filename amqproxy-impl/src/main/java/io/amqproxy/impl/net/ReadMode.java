package io.amqproxy.impl.net;

/**
 * How one connection is read: when something has come, or, while its peer streams in small pieces and the loop has much
 * to read, by the clock.
 */
final class ReadMode {

    private final Runnable read;
    private final SmallReads reads = new SmallReads();
    private Polling polling;
    private boolean polled;
    private boolean queued;

    /** @param read reads the connection, and says so by {@link #onRead} */
    ReadMode(Polling polling, Runnable read) {
        this.polling = polling;
        this.read = read;
    }

    /** Whether the connection is read by the clock now, and need not be looked at in between. */
    boolean isPolled() {
        return polled;
    }

    /** A read brought so many octets; negative if the peer cannot be read any more. */
    void onRead(int count, long now) {
        if (count < 0) {
            stop();
            return;
        }
        boolean better;
        if (polled) {
            polling.count(reads.pieces(count), now);
            better = reads.isWorthPolling(count);
        } else {
            polling.count(1, now);
            better = reads.isStream(count, now);
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

    /** Something was sent to the peer, which may have waited for it; answers whether that ends the polling. */
    boolean onSent() {
        reads.onSent();
        if (!polled) {
            return false;
        }
        reads.onWrongGuess();
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
    void moveTo(Polling other) {
        stop();
        polling = other;
    }

    /** It is time to read. */
    void onTime() {
        if (queued) {
            queued = false;
            read.run();
        }
    }
}
