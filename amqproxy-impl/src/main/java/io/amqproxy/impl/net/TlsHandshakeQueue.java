package io.amqproxy.impl.net;

import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.limit.AddressKey;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tasks of clients' TLS handshakes that wait for a thread. Addresses take turns, and of one address the newest goes
 * first: under a flood from one address all others wait for one task of it at the most, and of its own clients those
 * who have just come are served, instead of all coming too late. What its connection no longer needs is not done, and
 * where too many wait the oldest of the address with the most gives way.
 */
final class TlsHandshakeQueue {

    private static final Logger log = LoggerFactory.getLogger(TlsHandshakeQueue.class);

    private final Executor threads;
    private final int workers;
    private final int most;
    /** In the order of their turns; none is empty. */
    private final Map<AddressKey, ArrayDeque<Task>> waiting = new LinkedHashMap<>();

    private int size;
    private int working;

    /** One that waits. */
    private static final class Task {
        private final Runnable body;
        private final Runnable dropped;

        Task(Runnable body, Runnable dropped) {
            this.body = body;
            this.dropped = dropped;
        }
    }

    /**
     * An empty queue.
     *
     * @param workers how many threads work at once
     * @param most how many tasks may wait
     */
    TlsHandshakeQueue(Executor threads, int workers, int most) {
        this.threads = threads;
        this.workers = workers;
        this.most = most;
    }

    /** {@return what runs the tasks of a client of this address} */
    TlsTaskExecutor of(AddressKey address) {
        return (task, dropped) -> add(address, new Task(task, dropped));
    }

    private Runnable add(AddressKey address, Task task) {
        Task tooMany = null;
        boolean needsWorker;
        synchronized (this) {
            waiting.computeIfAbsent(address, key -> new ArrayDeque<>()).addLast(task);
            size++;
            if (size > most) {
                tooMany = removeOldest();
            }
            needsWorker = working < workers;
            working += needsWorker ? 1 : 0;
        }
        if (tooMany != null) {
            tooMany.dropped.run();
        }
        if (needsWorker) {
            startWorker();
        }
        return () -> withdraw(address, task);
    }

    private Task removeOldest() {
        Map.Entry<AddressKey, ArrayDeque<Task>> fullest = Collections.max(
                waiting.entrySet(),
                Comparator.comparingInt(entry -> entry.getValue().size()));
        Task oldest = fullest.getValue().element();
        withdraw(fullest.getKey(), oldest);
        return oldest;
    }

    private synchronized void withdraw(AddressKey address, Task task) {
        ArrayDeque<Task> tasks = waiting.get(address);
        if (tasks != null && tasks.removeFirstOccurrence(task)) {
            size--;
            if (tasks.isEmpty()) {
                waiting.remove(address);
            }
        }
    }

    private void startWorker() {
        try {
            threads.execute(this::work);
        } catch (RejectedExecutionException closed) {
            synchronized (this) {
                working--;
            }
        }
    }

    private void work() {
        for (Task next = next(); next != null; next = next()) {
            try {
                next.body.run();
            } catch (RuntimeException | Error fault) {
                log.error("A task of TLS failed", UncaughtErrors.of(fault));
            }
        }
    }

    private synchronized @Nullable Task next() {
        var turns = waiting.entrySet().iterator();
        if (!turns.hasNext()) {
            working--;
            return null;
        }
        var turn = turns.next();
        turns.remove();
        ArrayDeque<Task> tasks = turn.getValue();
        Task newest = tasks.removeLast();
        size--;
        if (!tasks.isEmpty()) {
            waiting.put(turn.getKey(), tasks);
        }
        return newest;
    }

    /** Tasks that wait. */
    synchronized int size() {
        return size;
    }
}
