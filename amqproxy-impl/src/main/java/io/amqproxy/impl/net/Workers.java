package io.amqproxy.impl.net;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads for what would hold up a loop. They end when there is nothing to do. */
public final class Workers {

    private Workers() {}

    /**
     * A few threads with a bounded queue; what does not fit is rejected.
     *
     * @param name of the threads, which are numbered where there are several
     */
    public static ThreadPoolExecutor of(String name, int threads, int queued) {
        AtomicInteger numbers = new AtomicInteger();
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queued), task -> {
                    int number = numbers.getAndIncrement();
                    Thread thread = new Thread(task, threads == 1 ? name : name + '-' + number);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
