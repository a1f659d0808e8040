package io.amqproxy.impl.priming;

import io.amqproxy.AmqProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves short connections over the loopback interface by a proxy of its own, once for a JVM. What fails here is no
 * reason not to start: the proxy is slow at first then.
 *
 * <p>The first few load the classes, which is most of the gain; whoever waits goes on then. The others have the methods
 * compiled meanwhile.
 */
public final class Priming {

    /** Where client, proxy and broker are, also where the JVM prefers IPv6. */
    public static final String LOOPBACK = "127.0.0.1";

    /** For each answer. */
    static final int PATIENCE_MILLIS = 1000;

    private static final byte[] IPV4_LOOPBACK = {127, 0, 0, 1};
    private static final int FIRST_CLIENTS = 4;
    private static final int CLIENTS = 120;
    /** After it nobody is young any more. */
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final int BACKLOG = 8;
    private static final Logger log = LoggerFactory.getLogger(Priming.class);
    private static final AtomicBoolean DONE = new AtomicBoolean();

    private final IntFunction<AmqProxy> proxies;
    private final CountDownLatch firstServed = new CountDownLatch(1);

    /**
     * @param proxies starts a proxy that says nothing, in front of the broker at this port of the loopback interface
     */
    Priming(IntFunction<AmqProxy> proxies) {
        this.proxies = proxies;
    }

    /**
     * Does it if nobody did in this JVM, and returns when the first clients were served, or that took too long.
     *
     * @param proxies starts a proxy that says nothing, in front of the broker at this port of the loopback interface
     */
    public static void once(IntFunction<AmqProxy> proxies) {
        if (DONE.compareAndSet(false, true)) {
            Priming priming = new Priming(proxies);
            thread(priming::run).start();
            priming.awaitFirst();
        }
    }

    private void awaitFirst() {
        try {
            if (!firstServed.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                log.debug("Priming takes long; nobody waits for it");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@return how many clients were served} */
    int run() {
        int served = 0;
        long begin = System.nanoTime();
        try (PrimingBroker broker = new PrimingBroker(
                new ServerSocket(0, BACKLOG, InetAddress.getByAddress(IPV4_LOOPBACK)), Priming::thread)) {
            broker.start();
            try (AmqProxy proxy = proxies.apply(broker.port())) {
                while (served < CLIENTS && System.nanoTime() - begin < MOST_NANOS) {
                    try (Socket socket = new Socket()) {
                        socket.connect(proxy.address(), PATIENCE_MILLIS);
                        new PrimingClient(socket).run(served % 2 == 1);
                    }
                    served++;
                    if (served == FIRST_CLIENTS) {
                        firstServed.countDown();
                    }
                }
            }
        } catch (IOException | RuntimeException failure) {
            log.debug("The proxy is not primed", failure);
        } finally {
            firstServed.countDown();
        }
        return served;
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "amqproxy-priming");
        thread.setDaemon(true);
        return thread;
    }
}
