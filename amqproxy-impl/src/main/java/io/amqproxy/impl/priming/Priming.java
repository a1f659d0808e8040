package io.amqproxy.impl.priming;

import io.amqproxy.AmqProxy;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves short connections over the loopback interface by a proxy of its own, once for a JVM. What fails here is no
 * reason not to start: the proxy is slow at first then.
 *
 * <p>The first few load the classes, which is most of the gain; whoever waits goes on then. The others have the methods
 * compiled meanwhile. They give way to clients of others: who comes at once is better served by an interpreter that has
 * the processors than by a compiler that wants them too.
 */
public final class Priming {

    /** Where client, proxy and broker are, also where the JVM prefers IPv6. */
    public static final String LOOPBACK = "127.0.0.1";

    private static final byte[] IPV4_LOOPBACK = {127, 0, 0, 1};
    private static final int FIRST_CLIENTS = 4;
    private static final int BACKLOG = 8;
    private static final long REST_MILLIS = 50;
    private static final Logger log = LoggerFactory.getLogger(Priming.class);
    private static final AtomicBoolean DONE = new AtomicBoolean();
    /** What goes on, or null. */
    private static volatile @Nullable Priming current;

    /**
     * What it may take.
     *
     * @param clients how many are served
     * @param patienceMillis for each answer; positive
     * @param nanos for all of them; after it nobody is young any more
     */
    record Bounds(int clients, int patienceMillis, long nanos) {
        static final Bounds USUAL = new Bounds(120, 1000, TimeUnit.SECONDS.toNanos(30));
    }

    private final IntFunction<AmqProxy> proxies;
    private final ThreadFactory threads;
    private final Bounds bounds;
    private final CountDownLatch firstServed = new CountDownLatch(1);
    private final List<BooleanSupplier> others = new CopyOnWriteArrayList<>();

    /**
     * @param proxies starts a proxy that says nothing, in front of the broker at this port of the loopback interface
     * @param threads for itself and its broker
     */
    Priming(IntFunction<AmqProxy> proxies, ThreadFactory threads, Bounds bounds) {
        this.proxies = proxies;
        this.threads = threads;
        this.bounds = bounds;
    }

    /**
     * Begins it if nobody did in this JVM. Throws nothing, whatever is lacking.
     *
     * @param proxies starts a proxy that says nothing, in front of the broker at this port of the loopback interface
     */
    public static void begin(IntFunction<AmqProxy> proxies) {
        if (DONE.compareAndSet(false, true)) {
            Priming priming = new Priming(proxies, Priming::thread, Bounds.USUAL);
            current = priming;
            priming.begin();
        }
    }

    /** Returns when the first clients of what goes on, if anything does, were served, or that took too long. */
    public static void awaitFirst() {
        Priming priming = current;
        if (priming != null) {
            priming.await();
        }
    }

    /**
     * Has what is going on, if anything is, wait while somebody has clients.
     *
     * @param hasClients asked by the thread that primes
     */
    public static void giveWayTo(BooleanSupplier hasClients) {
        Priming priming = current;
        if (priming != null) {
            priming.rest(hasClients);
        }
    }

    void rest(BooleanSupplier hasClients) {
        others.add(hasClients);
    }

    void begin() {
        try {
            threads.newThread(this::run).start();
        } catch (RuntimeException | Error failure) {
            current = null;
            log.debug("There is no thread to prime the proxy", failure);
        }
    }

    void await() {
        try {
            if (!firstServed.await(bounds.patienceMillis(), TimeUnit.MILLISECONDS)) {
                log.debug("Priming takes long; nobody waits for it");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@return how many clients were served} */
    int run() {
        AtomicInteger served = new AtomicInteger();
        try (PrimingBroker broker = new PrimingBroker(
                new ServerSocket(0, BACKLOG, InetAddress.getByAddress(IPV4_LOOPBACK)),
                threads,
                bounds.patienceMillis())) {
            broker.start();
            try (AmqProxy proxy = proxies.apply(broker.port())) {
                serve(proxy, served);
            }
        } catch (IOException | RuntimeException | Error failure) {
            // Also where there is no thread: that is an error of the JVM's.
            log.debug("The proxy is not primed", failure);
        } finally {
            firstServed.countDown();
            current = null;
        }
        return served.get();
    }

    private void serve(AmqProxy proxy, AtomicInteger served) throws IOException {
        InetSocketAddress address = proxy.address();
        long begin = System.nanoTime();
        while (served.get() < bounds.clients() && System.nanoTime() - begin < bounds.nanos()) {
            if (served.get() >= FIRST_CLIENTS && isInTheWay()) {
                rest();
                continue;
            }
            try (Socket socket = new Socket()) {
                socket.connect(address, bounds.patienceMillis());
                socket.setSoTimeout(bounds.patienceMillis());
                new PrimingClient(socket).run(served.get() % 2 == 1);
            }
            if (served.incrementAndGet() == FIRST_CLIENTS) {
                firstServed.countDown();
                proxy.stats(); // Somebody will, and what adds them up would then be loaded by loops with clients.
            }
        }
    }

    private boolean isInTheWay() {
        for (BooleanSupplier hasClients : others) {
            if (hasClients.getAsBoolean()) {
                return true;
            }
        }
        return false;
    }

    private static void rest() throws IOException {
        try {
            Thread.sleep(REST_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "amqproxy-priming");
        thread.setDaemon(true);
        return thread;
    }
}
