package io.amqproxy.benchmark;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Ends work that takes too long by closing its session, so that nothing waits for ever. */
final class BenchmarkWatchdog implements AutoCloseable {

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "watchdog");
        thread.setDaemon(true);
        return thread;
    });

    /** Work under guard. */
    final class Guard implements AutoCloseable {

        private final ScheduledFuture<?> alarm;

        private Guard(Work.Session session, long limit, TimeUnit unit) {
            alarm = executor.schedule(session::close, limit, unit);
        }

        /** Fails if the work has been ended. */
        void check() throws IOException {
            if (alarm.isDone()) {
                throw new IOException("Not done in time");
            }
        }

        @Override
        public void close() {
            alarm.cancel(false);
        }
    }

    Guard guard(Work.Session session, long limit, TimeUnit unit) {
        return new Guard(session, limit, unit);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
