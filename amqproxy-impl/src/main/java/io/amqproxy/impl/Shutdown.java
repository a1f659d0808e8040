package io.amqproxy.impl;

import io.amqproxy.AmqProxy;
import io.amqproxy.impl.net.LoopClients;
import io.amqproxy.impl.pool.PoolRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;

/**
 * The steps of a proxy's end, as {@link AmqProxy#drain} tells them, on a thread of their own. Each has its time and
 * then is over, whatever it has come to, and none keeps the next from being tried.
 */
final class Shutdown {

    /** What is asked for is looked at that often. */
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(2);
    /** A little more than a session takes to give up on its peer, so that it is the one that does. */
    private static final Duration MARGIN = Duration.ofMillis(500);

    /** What a proxy does between two of the steps. */
    interface Hooks {

        /** The end has begun. */
        void begins();

        /** How long each step after the grace may take. */
        Duration step();

        /** All is closed but the loops, whose last figures may be asked for now. */
        void loopsEnd();

        /** Gives back all that the proxy has. */
        void release();
    }

    private final Logger log;
    private final EventLoopGroup eventLoops;
    private final LoopClients.Shared shared;
    private final ProxyThreads threads;
    private final Hooks hooks;
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile AmqProxy.State state = AmqProxy.State.RUNNING;

    // Guarded by this.
    private boolean begun;
    private long begunAt;
    private long grace;

    Shutdown(Logger log, EventLoopGroup eventLoops, LoopClients.Shared shared, ProxyThreads threads, Hooks hooks) {
        this.log = log;
        this.eventLoops = eventLoops;
        this.shared = shared;
        this.threads = threads;
        this.hooks = hooks;
    }

    AmqProxy.State state() {
        return state;
    }

    boolean hasBegun() {
        return state != AmqProxy.State.RUNNING;
    }

    /** @throws IllegalStateException if it has begun */
    void checkNotBegun() {
        if (hasBegun()) {
            throw new IllegalStateException("the proxy is closed");
        }
    }

    /** Begins, or goes on with no more than this grace; any thread may say so. */
    CompletionStage<Boolean> begin(Duration wanted) {
        long nanos = nanos(wanted);
        if (isFirst(nanos)) {
            start();
        }
        return ended.minimalCompletionStage();
    }

    private synchronized boolean isFirst(long nanos) {
        if (begun) {
            grace = Math.min(grace, saturated(System.nanoTime() - begunAt, nanos));
            return false;
        }
        begun = true;
        begunAt = System.nanoTime();
        grace = nanos;
        state = AmqProxy.State.DRAINING;
        return true;
    }

    /** Without a thread it is done by the caller, unless that is one that the end would wait for. */
    private void start() {
        try {
            threads.one("close").newThread(this::run).start();
        } catch (RuntimeException | Error failure) {
            if (threads.areCalling()) {
                forget();
                throw failure;
            }
            log.warn("There is no thread to end the proxy; its caller does it: {}", failure.toString());
            run();
        }
    }

    private synchronized void forget() {
        begun = false;
        state = AmqProxy.State.RUNNING;
    }

    /** Waits for the end, unless the caller is what it would wait for; an interrupt makes the grace end. */
    boolean await() {
        if (threads.areCalling()) {
            return ended.getNow(false);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return ended.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    begin(Duration.ZERO);
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static long nanos(Duration duration) {
        try {
            return Math.max(0, duration.toNanos());
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }

    private static long saturated(long some, long more) {
        return some > Long.MAX_VALUE - more ? Long.MAX_VALUE : some + more;
    }

    private synchronized boolean isGraceOver() {
        return System.nanoTime() - begunAt >= grace;
    }

    private void run() {
        boolean[] allLeft = new boolean[1];
        try {
            Closer.attempt("telling of the end", hooks::begins);
            Closer.attempt(
                    "the end of accepting",
                    () -> tell(member -> {
                        member.loopClients().acceptor().stop();
                        return true;
                    }));
            Closer.attempt("waiting for clients", () -> allLeft[0] = awaitClients());
            state = AmqProxy.State.CLOSING;
            Closer.attempt("closing clients", this::closeClients);
            Closer.attempt("waiting for the broker", this::awaitBroker);
            Closer.attempt("closing upstreams", this::closeUpstreams);
            Closer.attempt("taking the last figures", hooks::loopsEnd);
            Closer.attempt("the end of the loops", hooks::release);
        } finally {
            state = AmqProxy.State.CLOSED;
            ended.complete(allLeft[0]);
        }
    }

    private boolean awaitClients() {
        while (shared.clients.get() != 0 && !isGraceOver()) {
            LockSupport.parkNanos(STEP);
        }
        return shared.clients.get() == 0;
    }

    /** A client that has answered, or not, lingers as long again, to be sure that it gets all that was sent to it. */
    private void closeClients() {
        tell(member -> {
            member.loopClients().closeAll("proxy is shutting down");
            return true;
        });
        Duration step = hooks.step();
        await(
                step.plus(step).plus(MARGIN),
                () -> sum(member -> member.loopClients().connections()) == 0);
    }

    private void awaitBroker() {
        if (!await(hooks.step(), () -> sum(member -> member.sum(PoolRegistry::fencing)) == 0)) {
            log.warn("The broker did not prove in time that it handled all that was published");
        }
    }

    private void closeUpstreams() {
        tell(member -> {
            member.loopClients().routes().forEach(route -> route.registry().close());
            return true;
        });
        await(hooks.step().plus(MARGIN), () -> sum(member -> member.sum(PoolRegistry::upstreams)) == 0);
    }

    private <T> List<T> tell(Function<EventLoopGroup.Member, T> what) {
        return eventLoops.askThoseThatAnswer(what);
    }

    private int sum(Function<EventLoopGroup.Member, Integer> figure) {
        return tell(figure).stream().mapToInt(Integer::intValue).sum();
    }

    private static boolean await(Duration patience, BooleanSupplier condition) {
        long begun = System.nanoTime();
        long nanos = nanos(patience);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begun >= nanos) {
                return false;
            }
            LockSupport.parkNanos(STEP);
        }
        return true;
    }
}
