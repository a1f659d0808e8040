package io.amqproxy.impl.net;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one loop's part of the buffers of all. While they are used up no loop takes new clients, and clients are
 * not read. Where that alone does not help for {@link #PATIENCE} the clients that hold the most are closed: those who
 * do not read what was sent to them, or have sent half a frame; after {@link #LAST_PATIENCE} those as well who read.
 * Each loop closes as much as is its part of what is in use.
 */
final class MemoryWatch implements Timers.Timed {

    /** Who knows the clients. */
    interface Host {
        /**
         * Closes clients, those that hold the most first, until so many bytes are free.
         *
         * @param readersToo whether to close those too that read what they are sent
         */
        void shed(long bytes, boolean readersToo);
    }

    private static final Logger log = LoggerFactory.getLogger(MemoryWatch.class);
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final LoopContext context;
    private final MemoryBudget budget;
    private final Host host;
    private final Timers.Timer timer = new Timers.Timer(this);
    /** What the budget knows of this loop. */
    private long told;

    private boolean full;
    private long fullSince;

    /** @param budget the same for all loops */
    MemoryWatch(LoopContext context, MemoryBudget budget, Host host) {
        this.context = context;
        this.budget = budget;
        this.host = host;
    }

    void onTurnEnd() {
        long own = context.chunks.usedBytes();
        long all = budget.add(own - told);
        told = own;
        context.chunks.usedElsewhere(all - own);
        if (context.chunks.isFull() != full) {
            full = !full;
            onChange(all);
        }
    }

    private void onChange(long all) {
        if (full) {
            fullSince = context.now;
            context.timers.set(timer, context.now + PATIENCE);
            if (budget.beginShortage()) {
                context.lines.warn(log, "Memory is short: {} bytes are in use; no new clients are taken", all);
                context.events.memoryShort(all);
            }
        } else {
            context.timers.cancel(timer);
            if (budget.endShortage()) {
                context.lines.info(log, "There is memory again: {} bytes are in use", all);
                context.events.memoryRelieved();
            }
        }
    }

    @Override
    public void onTime() {
        long own = context.chunks.usedBytes();
        long all = Math.max(1, budget.used());
        double share = Math.min(1, (double) own / all);
        boolean isLong = context.now - fullSince >= LAST_PATIENCE;
        host.shed((long) Math.ceil((all - budget.enough()) * share), isLong);
        context.timers.set(timer, context.now + PATIENCE);
    }

    @Override
    public void onFault(RuntimeException fault) {
        context.timers.set(timer, context.now + PATIENCE);
        context.lines.error(log, "Closing the largest clients failed", fault);
    }
}
