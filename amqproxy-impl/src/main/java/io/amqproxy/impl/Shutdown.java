package io.amqproxy.impl;

import io.amqproxy.impl.net.Front;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of a proxy's end, as {@link io.amqproxy.AmqProxy#drain} tells them. Each has its time and then is over,
 * whatever it has come to.
 */
final class Shutdown {

    private static final Logger log = LoggerFactory.getLogger(Shutdown.class);
    /** What is asked for is looked at that often. */
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(2);
    /** A little more than a session takes to give up on its peer, so that it is the one that does. */
    private static final Duration MARGIN = Duration.ofMillis(500);

    private final Stations stations;
    private final Front.Shared shared;
    /** Done when nobody wants to wait for clients any more. */
    private final CompletableFuture<Boolean> hurry = new CompletableFuture<>();

    Shutdown(Stations stations, Front.Shared shared) {
        this.stations = stations;
        this.shared = shared;
    }

    /** The grace is over; any thread may say so. */
    void hurry() {
        hurry.complete(true);
    }

    /** Does all steps but the last, the end of the loops; answers whether all clients had left by themselves. */
    boolean run(Duration grace, Duration step) {
        stations.doAll(station -> station.front().stopAccepting());
        await(grace, () -> shared.clients.get() == 0 || hurry.isDone());
        boolean allLeft = shared.clients.get() == 0;
        stations.doAll(station -> station.front().closeAll("proxy is shutting down"));
        // A client that has answered, or not, lingers as long again, to be sure that it gets all that was sent to it.
        await(
                step.plus(step).plus(MARGIN),
                () -> stations.sum(station -> station.front().connections()) == 0);
        if (!await(step, () -> stations.sum(station -> station.tenants().fencing()) == 0)) {
            log.warn("The broker did not prove in time that it handled all that was published");
        }
        stations.doAll(station -> station.tenants().close());
        await(step.plus(MARGIN), () -> stations.sum(station -> station.tenants().upstreams()) == 0);
        return allLeft;
    }

    private static boolean await(Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (deadline - System.nanoTime() <= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(STEP);
        }
        return true;
    }
}
