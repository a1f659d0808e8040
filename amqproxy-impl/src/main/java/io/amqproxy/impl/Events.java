package io.amqproxy.impl;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.UpstreamInfo;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events from the loops to the listeners on a thread of its own. The queue is bounded; events beyond it are
 * dropped and counted, since a slow listener must not slow a loop.
 */
final class Events implements ProxyListener {

    private static final Logger log = LoggerFactory.getLogger(Events.class);
    private static final int CAPACITY = 64 * 1024;

    private final List<ProxyListener> listeners;
    private final BlockingQueue<Consumer<ProxyListener>> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile boolean ending;

    Events(List<ProxyListener> listeners, String name) {
        this.listeners = List.copyOf(listeners);
        this.thread = new Thread(this::deliver, name);
        this.thread.setDaemon(true);
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
    void close(long millis) throws InterruptedException {
        ending = true;
        queue.offer(listener -> {});
        if (Thread.currentThread() != thread) {
            thread.join(millis);
            thread.interrupt();
        }
    }

    private void deliver() {
        try {
            while (!ending || !queue.isEmpty()) {
                Consumer<ProxyListener> event = queue.take();
                for (ProxyListener listener : listeners) {
                    tell(listener, event);
                }
            }
        } catch (InterruptedException e) {
            log.warn("Listeners were too slow when the proxy ended; {} events were not delivered", queue.size());
        }
    }

    private static void tell(ProxyListener listener, Consumer<ProxyListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException | LinkageError failure) {
            log.warn("A listener of class {} failed", listener.getClass().getName(), failure);
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
    public void proxyStopped() {
        post(ProxyListener::proxyStopped);
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
    public void clientDisconnected(ClientInfo client, CloseReason reason) {
        post(listener -> listener.clientDisconnected(client, reason));
    }

    @Override
    public void upstreamConnecting(UpstreamInfo upstream) {
        post(listener -> listener.upstreamConnecting(upstream));
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream) {
        post(listener -> listener.upstreamOpened(upstream));
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
    public void channelLeased(LeaseInfo lease) {
        post(listener -> listener.channelLeased(lease));
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        post(listener -> listener.channelReleased(lease, release));
    }

    @Override
    public void publishesLost(UpstreamInfo upstream, long messages) {
        post(listener -> listener.publishesLost(upstream, messages));
    }
}
