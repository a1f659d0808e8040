package io.amqproxy.impl.net;

import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.core.Timers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one loop that are read by the clock and not whenever something has come, as network drivers do
 * with cards that would interrupt too often. All are read in one turn, and what they bring goes on together.
 *
 * <p>It costs their peers up to a millisecond, and so it is done only where a loop has so much to read that reading
 * alone takes a good part of its processor. It has no bound of its own: whoever is here is one of the loop's clients,
 * and had to send thousands of pieces a second to get here.
 */
final class PolledConnections implements Timers.Timed {

    /** Nanoseconds between two polls: the shortest time that a selector can wait for. */
    static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(1);

    /** Reads in a second for which it is worth it to begin, or to go on. */
    static final int BEGIN = 20_000;

    static final int GO_ON = 10_000;

    /** Nanoseconds over which reads are counted. */
    static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(4);

    private static final Logger log = LoggerFactory.getLogger(PolledConnections.class);

    private final Timers timers;
    private final RateLimitedLog lines;
    private final Timers.Timer timer = new Timers.Timer(this);
    private List<ReadMode> polled = new ArrayList<>();
    private List<ReadMode> due = new ArrayList<>();
    private long since;
    private int reads;
    private boolean worthIt;

    PolledConnections(Timers timers, RateLimitedLog lines, long now) {
        this.timers = timers;
        this.lines = lines;
        this.since = now;
    }

    /** Counts reads of clients, or what would have been reads without polling. */
    void count(int count, long now) {
        reads += count;
        long passed = now - since;
        if (passed >= WINDOW) {
            worthIt = reads > (worthIt ? GO_ON : BEGIN) * (passed / 1e9);
            reads = 0;
            since = now;
        }
    }

    boolean isWorthIt() {
        return worthIt;
    }

    /** Reads a connection once, when it is time. It must not be waiting for that already. */
    void add(ReadMode connection, long now) {
        polled.add(connection);
        if (!timer.isSet()) {
            timers.set(timer, now + INTERVAL);
        }
    }

    /** Forgets a connection. */
    void remove(ReadMode connection) {
        polled.remove(connection);
        if (polled.isEmpty()) {
            timers.cancel(timer);
        }
    }

    @Override
    public void onTime() {
        List<ReadMode> before = due;
        due = polled;
        polled = before;
        while (!due.isEmpty()) {
            due.remove(due.size() - 1).onTime();
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        polled.addAll(due); // Those that had no turn have it the next time.
        due.clear();
        timers.set(timer, System.nanoTime() + INTERVAL);
        lines.error(log, "Polling failed", fault);
    }
}
