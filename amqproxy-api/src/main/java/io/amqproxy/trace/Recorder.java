package io.amqproxy.trace;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest events of a trace, and waits for some. May be used by any thread; started by
 * {@link io.amqproxy.AmqProxy#record}.
 */
public final class Recorder implements TraceListener, AutoCloseable {

    /** How many events are kept where nothing else is said. */
    public static final int DEFAULT_CAPACITY = 10_000;

    /** How many events a failure shows. */
    private static final int SHOWN = 200;

    /** Nobody waits longer; what a clock of nanoseconds can tell. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final int capacity;
    private final Deque<TraceEvent> events = new ArrayDeque<>();
    /** Of the first event that is kept, counted from 0. */
    private long first;

    private @Nullable Trace trace;
    private boolean closed;

    /** One that keeps 10,000 events. */
    public Recorder() {
        this(DEFAULT_CAPACITY);
    }

    /**
     * One that keeps so many events.
     *
     * @param capacity how many events are kept, at least 1; older ones go
     */
    public Recorder(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a recorder has to keep one event at least");
        }
        this.capacity = capacity;
    }

    /**
     * Ends this trace when the recorder is closed.
     *
     * @param recorded the trace whose listener this is
     * @return this
     */
    public synchronized Recorder of(Trace recorded) {
        trace = recorded;
        return this;
    }

    @Override
    public synchronized void onEvent(TraceEvent event) {
        if (closed) {
            return;
        }
        if (events.size() == capacity) {
            events.removeFirst();
            first++;
        }
        events.addLast(event);
        notifyAll();
    }

    /**
     * Waits until all is recorded that was said up to now, as {@link Trace#flush} says. What is looked at after it is
     * not at the mercy of threads:
     *
     * <pre>{@code
     * try (Recorder recorder = proxy.record()) {
     *     orders.place("one"); // has got its confirm
     *     recorder.flush();
     *     assert recorder.events(published("orders")).size() == 1;
     * }
     * }</pre>
     *
     * @throws IllegalStateException as {@link Trace#flush} does
     */
    public void flush() {
        Trace recorded;
        synchronized (this) {
            recorded = trace;
        }
        if (recorded != null) {
            recorded.flush();
        }
    }

    /** {@return the events that are kept, in order; those that are under way are not among them, see {@link #flush}} */
    public synchronized List<TraceEvent> events() {
        return List.copyOf(events);
    }

    /**
     * {@return those of the events that are kept that are meant, in order}
     *
     * @param wanted which are meant
     */
    public List<TraceEvent> events(Predicate<? super TraceEvent> wanted) {
        Objects.requireNonNull(wanted, "wanted");
        return events().stream().filter(wanted).toList();
    }

    /** Forgets all that was recorded so far. */
    public synchronized void clear() {
        first += events.size();
        events.clear();
    }

    /**
     * Waits for such an event, which may have been recorded before.
     *
     * @param wanted which is meant; its text is what a failure says
     * @param within how long to wait
     * @return the first such event that is kept
     * @throws AssertionError if there is none in that time; it says what was recorded instead
     * @throws IllegalStateException if the thread is interrupted, which it stays
     */
    public TraceEvent await(Predicate<? super TraceEvent> wanted, Duration within) {
        return await(wanted, 1, within).get(0);
    }

    /**
     * Waits for so many such events, some or all of which may have been recorded before.
     *
     * @param wanted which are meant; its text is what a failure says
     * @param count how many, at least 1
     * @param within how long to wait
     * @return the first so many such events that are kept
     * @throws AssertionError if there are fewer in that time; it says what was recorded instead
     * @throws IllegalArgumentException if the count is less than 1
     * @throws IllegalStateException if the thread is interrupted, which it stays
     */
    public synchronized List<TraceEvent> await(Predicate<? super TraceEvent> wanted, int count, Duration within) {
        Objects.requireNonNull(wanted, "wanted");
        if (count < 1) {
            throw new IllegalArgumentException(
                    "one event at least is waited for; that there is none, events() says after flush()");
        }
        long deadline = System.nanoTime() + nanos(within);
        List<TraceEvent> found = new ArrayList<>();
        long next = 0;
        while (true) {
            next = search(wanted, next, count, found);
            if (found.size() >= count) {
                return List.copyOf(found);
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError(failure(wanted, count, found.size(), within));
            }
            pause(left);
        }
    }

    private static long nanos(Duration time) {
        return time.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : time.toNanos();
    }

    /**
     * Looks at the events from that number on.
     *
     * @return the number of the first that was not looked at
     */
    private long search(Predicate<? super TraceEvent> wanted, long from, int most, List<TraceEvent> found) {
        long number = first;
        for (TraceEvent event : events) {
            if (number >= from && found.size() < most && wanted.test(event)) {
                found.add(event);
            }
            number++;
        }
        return number;
    }

    @SuppressWarnings("WaitNotInLoop") // The caller is the loop.
    private void pause(long nanos) {
        try {
            wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an event", interrupt);
        }
    }

    private String failure(Predicate<? super TraceEvent> wanted, int count, int found, Duration within) {
        String meant = wanted instanceof TraceMatcher matcher ? matcher.toString() : "such an event";
        String seen = events.isEmpty()
                ? "nothing was said that is recorded (does the client use the proxy's port?)"
                : "this was said:\n" + text();
        return (count == 1 ? "no " + meant : found + " of " + count + " times " + meant) + " within " + text(within)
                + "; " + seen + "\n" + cut() + dropped();
    }

    private String cut() {
        boolean isAny =
                events.stream().map(TraceEvent::message).anyMatch(message -> message != null && message.isCut());
        return isAny
                ? "(of some bodies only the beginning was kept, which withBody takes for none: TraceFilter.bodyLimit)\n"
                : "";
    }

    private static String text(Duration within) {
        return within.toMillis() % 1000 == 0 ? within.toSeconds() + " s" : within.toMillis() + " ms";
    }

    private String dropped() {
        long lost = first + (trace == null ? 0 : trace.dropped());
        return lost == 0 ? "" : "(and " + lost + " events that were not kept)\n";
    }

    /** {@return the newest events as the lines of a protocol's log} */
    public synchronized String text() {
        return events.stream()
                .skip(Math.max(0, events.size() - SHOWN))
                .map(TraceEvent::toString)
                .collect(Collectors.joining("\n"));
    }

    /** Ends the trace; what was recorded stays. */
    @Override
    public void close() {
        Trace recorded;
        synchronized (this) {
            closed = true;
            recorded = trace;
        }
        if (recorded != null) {
            recorded.close();
        }
    }
}
