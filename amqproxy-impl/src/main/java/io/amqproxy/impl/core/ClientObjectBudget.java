package io.amqproxy.impl.core;

/**
 * The channels and consumers of all clients, which take memory as long as their clients like. Their sum is bounded by
 * what buffers may take: beyond it a client may have {@link #FEW} and no more, so that those who have many are stopped
 * and others hardly notice; and beyond twice as many nobody gets another one.
 *
 * <p>All loops share it, so its methods are synchronized. They are called when channels and consumers come and go.
 */
public final class ClientObjectBudget {

    /** What a client may have when there are too many of all. */
    static final int FEW = 16;

    /** Of so many bytes of buffers one is worth another channel; it takes a kilobyte with its lease. */
    private static final int BYTES = 4096;

    private static final int LEAST = 4096;

    private long most;
    private long count;

    /** @param maxBufferBytes what buffers may take */
    public ClientObjectBudget(long maxBufferBytes) {
        most(maxBufferBytes);
    }

    /** Other settings hold from now on. */
    public synchronized void most(long maxBufferBytes) {
        most = Math.max(LEAST, maxBufferBytes / BYTES);
    }

    /**
     * Takes one for a client that has so many.
     *
     * @return whether it may
     */
    public synchronized boolean take(int had) {
        boolean may = count < most || (had < FEW && count < 2 * most);
        count += may ? 1 : 0;
        return may;
    }

    public synchronized void giveBack(int taken) {
        count -= taken;
    }

    /** {@return how many all clients have} */
    public synchronized long count() {
        return count;
    }

    public synchronized long most() {
        return most;
    }
}
