package io.amqproxy.impl.net;

import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs what takes long in TLS, off the loops. */
interface TlsTaskExecutor {

    /** Withdraws nothing. */
    Runnable NONE = () -> {};

    /**
     * Runs a task, once and later.
     *
     * @param message what the peer has sent, of which the task comes; for the time of the call
     * @param dropped is run instead where there is no room for it; by any thread, possibly at once
     * @return withdraws the task where it has not begun
     */
    Runnable execute(ByteBuffer message, Runnable task, Runnable dropped);

    /** The handshake is over, well or not; may be said again. */
    default void over() {}

    /** In order, as far as there is room. */
    static TlsTaskExecutor inOrder(Executor executor) {
        return (message, task, dropped) -> {
            try {
                executor.execute(task);
            } catch (RejectedExecutionException full) {
                dropped.run();
            }
            return NONE;
        };
    }
}
