package io.amqproxy.impl.trace;

import io.amqproxy.ClientInfo;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.trace.Direction;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceEvent;
import io.amqproxy.trace.TraceFilter;
import io.amqproxy.trace.TraceListener;
import io.amqproxy.trace.TracedMessage;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One trace: hands events to its listener on a thread of its own, as far as that keeps up. */
final class RunningTrace implements Trace {

    private static final Logger log = LoggerFactory.getLogger(RunningTrace.class);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    private static final int MOST_EVENTS = 64 * 1024;
    private static final long MOST_OCTETS = Math.max(
            4 * 1024 * 1024, Math.min(64 * 1024 * 1024, Runtime.getRuntime().maxMemory() / 16));
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);
    private static final String SLOW = "the listener of the trace does not keep up";
    /** About what an event takes besides what it tells of. */
    private static final int SUBSTANCE = 512;

    private final TraceFilter filter;
    private final TraceListener listener;
    private final Runnable awaitTurns;
    private final Consumer<RunningTrace> onClosed;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(MOST_EVENTS);
    private final AtomicLong octetsWaiting = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile boolean ended;
    /** Whether the listener is told of nothing more. */
    private volatile boolean over;

    /**
     * What the listener's thread has to do.
     *
     * @param event null for none
     * @param onTold done when all before it was told
     */
    private record Waiting(
            @Nullable TraceEvent event,
            int octets,
            @Nullable CompletableFuture<Void> onTold) {

        void told() {
            if (onTold != null) {
                onTold.complete(null);
            }
        }
    }

    /** @param awaitTurns waits until all loops have told what was said before */
    RunningTrace(
            TraceFilter filter,
            TraceListener listener,
            ThreadFactory threads,
            Runnable awaitTurns,
            Consumer<RunningTrace> onClosed) {
        this.filter = filter;
        this.listener = listener;
        this.awaitTurns = awaitTurns;
        this.onClosed = onClosed;
        this.thread = threads.newThread(this::deliver);
    }

    void start() {
        thread.start();
    }

    /** Whether it wants what has this name, of whichever connection; nobody's predicate is asked. */
    boolean wantsAny(Direction direction, String name) {
        return !ended && filter.wants(direction, name, null, null);
    }

    /** Whether it wants anything of this connection; asked seldom. */
    boolean wantsConnection(@Nullable ClientInfo client, @Nullable UpstreamInfo upstream) {
        try {
            return filter.wantsConnection(client, upstream);
        } catch (RuntimeException failure) {
            LINES.warn(log, "A filter of a trace failed", failure);
            return false;
        }
    }

    boolean wantsNames(Map<String, Object> arguments, @Nullable TracedMessage message) {
        return filter.wantsNames(arguments, message);
    }

    int bodyLimit() {
        return filter.bodyLimit();
    }

    /** @param octets about the memory that it takes, the body of its message apart */
    void offer(TraceEvent event, int octets) {
        TraceEvent limited = filter.limited(event);
        TracedMessage message = limited.message();
        int size = octets + (message == null ? 0 : message.kept()) + SUBSTANCE;
        if (octetsWaiting.addAndGet(size) > MOST_OCTETS || !queue.offer(new Waiting(limited, size, null))) {
            octetsWaiting.addAndGet(-size);
            dropped.incrementAndGet();
        }
    }

    private void deliver() {
        while (!ended || !queue.isEmpty()) {
            try {
                Waiting next = queue.take();
                octetsWaiting.addAndGet(-next.octets());
                if (next.event() != null) {
                    listener.onEvent(next.event());
                }
                next.told();
            } catch (InterruptedException e) {
                log.debug("A listener has left an interrupt behind", e);
            } catch (RuntimeException | Error failure) {
                LINES.warn(log, "The listener of a trace failed", UncaughtErrors.of(failure));
            }
        }
        over = true;
        tellAll();
    }

    private void tellAll() {
        for (Waiting left = queue.poll(); left != null; left = queue.poll()) {
            left.told();
        }
    }

    @Override
    public void flush() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a listener cannot wait until it is told");
        }
        awaitTurns.run();
        CompletableFuture<Void> told = new CompletableFuture<>();
        long deadline = System.nanoTime() + PATIENCE;
        try {
            boolean isQueued = queue.offer(new Waiting(null, 0, told), PATIENCE, TimeUnit.NANOSECONDS);
            if (over) {
                tellAll();
                return;
            }
            if (isQueued) {
                told.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                return;
            }
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a listener", interrupt);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(SLOW, e);
        }
        throw new IllegalStateException(SLOW);
    }

    @Override
    public long dropped() {
        return dropped.get();
    }

    @Override
    public void close() {
        if (ended) {
            return;
        }
        ended = true;
        queue.offer(new Waiting(null, 0, null)); // Where it is full the thread does not wait.
        onClosed.accept(this);
    }
}
