package io.amqproxy.impl;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The threads of one proxy: they have its name, and it is known which of them run. */
final class ProxyThreads {

    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(1);

    private final String proxy;
    private final ThreadFactory factory;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();

    /** @param factory the host application's, or null */
    ProxyThreads(String proxy, @Nullable ThreadFactory factory) {
        this.proxy = proxy;
        this.factory = factory == null ? ProxyThreads::daemon : factory;
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    String proxy() {
        return proxy;
    }

    /** {@return makes the one thread for this} */
    ThreadFactory one(String purpose) {
        return task -> create(purpose, task);
    }

    /** {@return makes threads for this, which are numbered} */
    ThreadFactory several(String purpose) {
        AtomicInteger numbers = new AtomicInteger();
        return task -> create(purpose + '-' + numbers.getAndIncrement(), task);
    }

    private Thread create(String purpose, Runnable task) {
        Thread thread = factory.newThread(() -> {
            running.add(Thread.currentThread());
            try {
                task.run();
            } finally {
                running.remove(Thread.currentThread());
            }
        });
        if (thread == null) {
            throw new IllegalStateException("the thread factory gives no thread for " + purpose);
        }
        thread.setName(proxy + '-' + purpose);
        return thread;
    }

    /** {@return whether the caller is one of them, so that it must not wait for the end of the proxy} */
    boolean areCalling() {
        return running.contains(Thread.currentThread());
    }

    /**
     * Waits for a while until none is left but the caller.
     *
     * @return the names of those that are
     */
    String awaitEnd(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (running.size() > (areCalling() ? 1 : 0) && deadline - System.nanoTime() > 0) {
            LockSupport.parkNanos(STEP);
        }
        return String.join(
                ", ",
                running.stream()
                        .filter(thread -> thread != Thread.currentThread())
                        .map(Thread::getName)
                        .toList());
    }
}
