package io.amqproxy.impl.net;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for what would hold up a loop. They end when there is nothing to do. */
public final class BlockingTaskExecutor {

    private BlockingTaskExecutor() {}

    /**
     * A few threads with a bounded queue; what does not fit is rejected.
     *
     * @param factory makes the threads
     */
    public static ThreadPoolExecutor of(ThreadFactory factory, int threads, int queued) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queued), factory);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
