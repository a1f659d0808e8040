package io.amqproxy.impl.net;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs what takes long in TLS, off the loops. */
interface TlsTaskExecutor {

    /** Withdraws nothing. */
    Runnable NONE = () -> {};

    /**
     * Runs a task, once and later.
     *
     * @param dropped is run instead where there is no room for it; by any thread, possibly at once
     * @return withdraws the task where it has not begun
     */
    Runnable execute(Runnable task, Runnable dropped);

    /** In order, as far as there is room. */
    static TlsTaskExecutor inOrder(Executor executor) {
        return (task, dropped) -> {
            try {
                executor.execute(task);
            } catch (RejectedExecutionException full) {
                dropped.run();
            }
            return NONE;
        };
    }
}
