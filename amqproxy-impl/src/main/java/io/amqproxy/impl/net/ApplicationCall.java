package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Timers;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of the host application, on a worker, since it may block. One that is given up is interrupted, so that it
 * holds none of the few workers for good, or is not made at all where it has not begun.
 */
final class ApplicationCall {

    private static final Logger log = LoggerFactory.getLogger(ApplicationCall.class);

    private final FutureTask<?> task;

    ApplicationCall(Runnable call) {
        task = new FutureTask<>(call, null);
    }

    /**
     * Makes the call.
     *
     * @param onOver called by the worker when the call has come back, or its turn has come after it was given up
     * @throws RejectedExecutionException where too many calls wait
     */
    void begin(Executor workers, Runnable onOver) {
        workers.execute(() -> {
            task.run();
            onOver.run();
        });
    }

    /** Nobody waits for it any more. Any thread may say so, at any time. */
    void giveUp() {
        task.cancel(true);
    }

    /**
     * Makes a call that is given up when it has not come back in time. For the loop's own thread.
     *
     * @param bound in nanoseconds
     * @throws RejectedExecutionException where too many calls wait
     */
    static void bounded(EventLoop loop, Executor workers, long bound, Runnable call) {
        ApplicationCall made = new ApplicationCall(call);
        Timers.Timer deadline = new Timers.Timer(new Timers.Timed() {
            @Override
            public void onTime() {
                made.giveUp();
            }

            @Override
            public void onFault(RuntimeException fault) {
                loop.context().lines.error(log, "Giving up a call of the host application failed", fault);
            }
        });
        made.begin(workers, () -> loop.execute(() -> loop.context().timers.cancel(deadline)));
        loop.context().timers.set(deadline, loop.context().now + bound);
    }
}
