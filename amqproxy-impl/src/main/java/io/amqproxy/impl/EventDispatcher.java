package io.amqproxy.impl;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.LimitInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.net.ThreadJoin;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events from the loops to the listeners on a thread of its own. The queue is bounded; events beyond it are
 * dropped and counted, since a slow listener must not slow a loop.
 *
 * <p>After each batch the thread rests for a moment. A busy loop would otherwise wake it for nearly every event, and
 * that costs both of them more than the event does.
 */
final class EventDispatcher implements ProxyListener {

    private static final Logger log = LoggerFactory.getLogger(EventDispatcher.class);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);
    /** An event takes a kilobyte at the most; those that wait take a sixteenth of the heap. */
    private static final int CAPACITY =
            (int) Math.max(1024, Math.min(64 * 1024, Runtime.getRuntime().maxMemory() / (16 * 1024)));

    private static final int BATCH = 1024;
    private static final long REST = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<ProxyListener> listeners;
    private final BlockingQueue<Consumer<ProxyListener>> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile boolean ending;
    private volatile boolean late;

    EventDispatcher(List<ProxyListener> listeners, ThreadFactory threads) {
        this.listeners = List.copyOf(listeners);
        this.thread = threads.newThread(this::deliver);
    }

    void start() {
        if (!listeners.isEmpty()) {
            thread.start();
        }
    }

    long dropped() {
        return dropped.get();
    }

    /** Delivers what is queued, for a bounded time, and ends. */
    void close(long millis) {
        proxyStopped();
        ending = true;
        queue.offer(listener -> {});
        if (!ThreadJoin.join(thread, millis)) {
            late = true;
            thread.interrupt();
        }
    }

    private void deliver() {
        List<Consumer<ProxyListener>> batch = new ArrayList<>(BATCH);
        while (!late && (!ending || !queue.isEmpty())) {
            if (deliver(batch)) {
                LockSupport.parkNanos(ending ? 0 : REST);
            }
        }
        if (late) {
            log.warn("Listeners were too slow when the proxy ended; {} events were not delivered", queue.size());
        }
    }

    /**
     * Whatever is wrong with some events, as that there is no memory, others are delivered. An interrupt means nothing
     * here: it was a listener that left it behind, or the end, which is looked for.
     */
    private boolean deliver(List<Consumer<ProxyListener>> batch) {
        try {
            batch.add(queue.take());
            queue.drainTo(batch, BATCH - 1);
            for (Consumer<ProxyListener> event : batch) {
                for (ProxyListener listener : listeners) {
                    tell(listener, event);
                }
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        } catch (RuntimeException | Error fault) {
            dropped.addAndGet(batch.size());
            return true;
        } finally {
            batch.clear();
        }
    }

    private static void tell(ProxyListener listener, Consumer<ProxyListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException | Error failure) {
            LINES.warn(log, "A listener of class {} failed", listener.getClass().getName(), UncaughtErrors.of(failure));
        }
    }

    private void post(Consumer<ProxyListener> event) {
        if (!listeners.isEmpty() && !queue.offer(event) && dropped.getAndIncrement() == 0) {
            log.warn("Listeners are too slow: events are dropped from now on and counted");
        }
    }

    @Override
    public void proxyStarted(InetSocketAddress address) {
        post(listener -> listener.proxyStarted(address));
    }

    @Override
    public void proxyDraining() {
        post(ProxyListener::proxyDraining);
    }

    @Override
    public void proxyPaused() {
        post(ProxyListener::proxyPaused);
    }

    @Override
    public void proxyResumed() {
        post(ProxyListener::proxyResumed);
    }

    @Override
    public void proxyReloaded() {
        post(ProxyListener::proxyReloaded);
    }

    @Override
    public void proxyStopped() {
        post(ProxyListener::proxyStopped);
    }

    @Override
    public void brokerReachable(String endpoint, @Nullable String route) {
        post(listener -> listener.brokerReachable(endpoint, route));
    }

    @Override
    public void brokerUnreachable(String endpoint, String reason, @Nullable String route) {
        post(listener -> listener.brokerUnreachable(endpoint, reason, route));
    }

    @Override
    public void memoryShort(long bytes) {
        post(listener -> listener.memoryShort(bytes));
    }

    @Override
    public void memoryRelieved() {
        post(ProxyListener::memoryRelieved);
    }

    @Override
    public void clientConnected(ClientInfo client) {
        post(listener -> listener.clientConnected(client));
    }

    @Override
    public void clientAuthenticated(ClientInfo client) {
        post(listener -> listener.clientAuthenticated(client));
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        post(listener -> listener.clientRefused(client, reason));
    }

    @Override
    public void loginsBlocked(ClientInfo client, Duration time) {
        post(listener -> listener.loginsBlocked(client, time));
    }

    @Override
    public void loginRefusedUnasked(ClientInfo client, Duration time) {
        post(listener -> listener.loginRefusedUnasked(client, time));
    }

    @Override
    public void credentialsNotRenewed(String user, String reason) {
        post(listener -> listener.credentialsNotRenewed(user, reason));
    }

    @Override
    public void limitReached(LimitInfo limit) {
        post(listener -> listener.limitReached(limit));
    }

    @Override
    public void clientBehind(ClientInfo client, String effect) {
        post(listener -> listener.clientBehind(client, effect));
    }

    @Override
    public void clientKeptApart(ClientInfo client, String reason) {
        post(listener -> listener.clientKeptApart(client, reason));
    }

    @Override
    public void clientSlowed(ClientInfo client, Duration time) {
        post(listener -> listener.clientSlowed(client, time));
    }

    @Override
    public void foreignProtocol(ClientInfo client, String protocol) {
        post(listener -> listener.foreignProtocol(client, protocol));
    }

    @Override
    public void publishersHeldBack(UpstreamInfo upstream, String reason) {
        post(listener -> listener.publishersHeldBack(upstream, reason));
    }

    @Override
    public void publishersReleased(UpstreamInfo upstream, Duration time) {
        post(listener -> listener.publishersReleased(upstream, time));
    }

    @Override
    public void clientDisconnected(ClientInfo client, CloseReason reason) {
        post(listener -> listener.clientDisconnected(client, reason));
    }

    @Override
    public void upstreamConnecting(UpstreamInfo upstream) {
        post(listener -> listener.upstreamConnecting(upstream));
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream, Duration took) {
        post(listener -> listener.upstreamOpened(upstream, took));
    }

    @Override
    public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
        post(listener -> listener.upstreamFailed(upstream, reason));
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        post(listener -> listener.upstreamClosed(upstream, reason));
    }

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        post(listener -> listener.channelLeased(lease, waited));
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        post(listener -> listener.channelReleased(lease, release));
    }

    @Override
    public void channelFenced(UpstreamInfo upstream, int channel, Duration took) {
        post(listener -> listener.channelFenced(upstream, channel, took));
    }

    @Override
    public void publishesLost(UpstreamInfo upstream, long messages) {
        post(listener -> listener.publishesLost(upstream, messages));
    }
}
