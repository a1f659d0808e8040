package io.amqproxy.impl.net;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of buffers that all loops have in use. Each loop adds what it has taken or given back once a turn, and
 * reads then what the others have; so the sum is at most a turn old, and no frame costs anything.
 */
final class MemoryBudget {

    private volatile long most;
    private final AtomicLong used = new AtomicLong();
    private final AtomicInteger shortLoops = new AtomicInteger();
    private final List<Runnable> wakers = new CopyOnWriteArrayList<>();

    /** @param most bytes that may be in use */
    MemoryBudget(long most) {
        this.most = most;
    }

    /** So many bytes may be in use from now on. */
    void most(long bytes) {
        most = bytes;
    }

    long most() {
        return most;
    }

    /** A loop takes part. The waker makes it take a turn, to see that there is memory again. */
    void join(Runnable waker) {
        wakers.add(waker);
    }

    /**
     * So many more bytes are in use, or less.
     *
     * @return the sum
     */
    long add(long bytes) {
        if (bytes == 0) {
            return used.get();
        }
        long sum = used.addAndGet(bytes);
        if (sum <= enough() && sum - bytes > enough()) {
            wakers.forEach(Runnable::run);
        }
        return sum;
    }

    long used() {
        return used.get();
    }

    /** Bytes of which as many may be in use once memory was short. */
    long enough() {
        return most - most / 8;
    }

    /**
     * A loop has no buffers.
     *
     * @return whether it is the first
     */
    boolean beginShortage() {
        return shortLoops.getAndIncrement() == 0;
    }

    /**
     * A loop has buffers again.
     *
     * @return whether it was the last
     */
    boolean endShortage() {
        return shortLoops.decrementAndGet() == 0;
    }

    /** {@return whether any loop has no buffers} */
    boolean isShort() {
        return shortLoops.get() > 0;
    }
}
