package io.amqproxy.impl.trace;

import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.net.Tap;
import io.amqproxy.impl.net.Taps;
import io.amqproxy.trace.Trace;
import io.amqproxy.trace.TraceFilter;
import io.amqproxy.trace.TraceListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/** The traces of a proxy. While there are any, all of its connections are tapped. */
public final class TraceHub implements Taps, AutoCloseable {

    private static final int MOST_TRACES = 16;

    /** What the hub asks of the loops. */
    public interface Loops {

        /** Taps the connections of all loops from now on, and waits until that is so. */
        void tap(Taps taps);

        /** Ends that, soon. */
        void untap();

        /** Waits until all loops have told what was said before. */
        void awaitTurns();
    }

    private final ThreadFactory threads;
    private final Loops loops;
    private volatile List<RunningTrace> traces = List.of();
    private boolean closed;

    /** @param threads makes a thread for each trace */
    public TraceHub(ThreadFactory threads, Loops loops) {
        this.threads = threads;
        this.loops = loops;
    }

    /** Begins one. */
    public synchronized Trace trace(TraceFilter filter, TraceListener listener) {
        if (closed) {
            throw new IllegalStateException("the proxy is closed");
        }
        EventNames.check(filter);
        if (traces.size() == MOST_TRACES) {
            throw new IllegalStateException("no more than " + MOST_TRACES + " traces can be under way");
        }
        RunningTrace trace = new RunningTrace(filter, listener, threads, loops::awaitTurns, this::remove);
        boolean isFirst = traces.isEmpty();
        List<RunningTrace> more = new ArrayList<>(traces);
        more.add(trace);
        traces = List.copyOf(more);
        try {
            if (isFirst) {
                loops.tap(this);
            }
            trace.start();
        } catch (RuntimeException | Error failure) {
            trace.close();
            throw failure;
        }
        return trace;
    }

    private synchronized void remove(RunningTrace ended) {
        traces = traces.stream().filter(trace -> trace != ended).toList();
        if (traces.isEmpty() && !closed) {
            loops.untap();
        }
    }

    List<RunningTrace> traces() {
        return traces;
    }

    @Override
    public Tap of(Supplier<Session> session, boolean isNew) {
        return new ConnectionTap(this, session, isNew);
    }

    /** The proxy has ended. */
    @Override
    public void close() {
        List<RunningTrace> left;
        synchronized (this) {
            closed = true;
            left = traces;
        }
        left.forEach(RunningTrace::close);
    }
}
