package io.amqproxy.impl.net;

import io.amqproxy.impl.core.RateLimitedLog;
import io.amqproxy.impl.limit.AddressKey;
import io.amqproxy.impl.tls.HelloRetry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tasks of clients' TLS handshakes that wait for a thread. Addresses take turns, and of one address the newest goes
 * first: under a flood from one address all others wait for one task of it at the most, and of its own clients those
 * who have just come are served, instead of all coming too late. What its connection no longer needs is not done, and
 * where too many wait the oldest of the address with the most gives way.
 *
 * <p>While many handshakes are under way, as those of a flood of first messages, clients are asked to say their first
 * message again, which costs hardly anything ({@link HelloRetry}). Who does is served first, and who cannot be asked
 * last.
 */
final class TlsHandshakeQueue {

    private static final Logger log = LoggerFactory.getLogger(TlsHandshakeQueue.class);
    private static final RateLimitedLog LINES = new RateLimitedLog(System::nanoTime);

    /** With more handshakes under way than this many, clients have to say their first message again. */
    static final int CROWD = 32;

    private final Executor threads;
    private final int workers;
    private final int most;
    /** In the order of their turns; none is empty. */
    private final Map<AddressKey, Crowd> waiting = new LinkedHashMap<>();

    private int size;
    private int working;

    private final AtomicInteger underWay = new AtomicInteger();

    private enum Rank {
        /** A client that has gone on after an answer. */
        RETURNING,
        /** The client is only asked to say it again. */
        ASKED_AGAIN,
        FIRST
    }

    /** One that waits. */
    private static final class Task {
        private final Rank rank;
        private final Runnable body;
        private final Runnable dropped;

        Task(Rank rank, Runnable body, Runnable dropped) {
            this.rank = rank;
            this.body = body;
            this.dropped = dropped;
        }
    }

    private static final List<Rank> RANKS = List.of(Rank.values());

    /** What waits of one address. */
    private static final class Crowd {
        private final Map<Rank, ArrayDeque<Task>> tasks = new EnumMap<>(Rank.class);
        private int size;

        private ArrayDeque<Task> at(Rank rank) {
            return tasks.computeIfAbsent(rank, any -> new ArrayDeque<>(2));
        }

        void add(Task task) {
            at(task.rank).addLast(task);
            size++;
        }

        boolean remove(Task task) {
            boolean isThere = at(task.rank).removeFirstOccurrence(task);
            size -= isThere ? 1 : 0;
            return isThere;
        }

        Task removeNext() {
            for (ArrayDeque<Task> same : tasks.values()) {
                if (!same.isEmpty()) {
                    size--;
                    return same.removeLast();
                }
            }
            throw new NoSuchElementException();
        }

        /** Of the lowest rank. */
        Task oldest() {
            for (int i = RANKS.size() - 1; i > 0; i--) {
                if (!at(RANKS.get(i)).isEmpty()) {
                    return at(RANKS.get(i)).element();
                }
            }
            return at(RANKS.get(0)).element();
        }
    }

    /** One client's way through its handshake. */
    private final class Handshake implements TlsTaskExecutor {
        private final AddressKey address;
        private final @Nullable HelloRetry retry;
        private boolean hasBegun;
        private boolean isOver;

        Handshake(AddressKey address, @Nullable HelloRetry retry) {
            this.address = address;
            this.retry = retry;
        }

        @Override
        public Runnable execute(ByteBuffer message, Runnable task, Runnable dropped) {
            return add(address, new Task(rank(message), task, dropped));
        }

        private Rank rank(ByteBuffer message) {
            if (!hasBegun) {
                hasBegun = true;
                boolean isCrowded = underWay.getAndIncrement() >= CROWD;
                return isCrowded && retry != null && retry.ask(message) ? Rank.ASKED_AGAIN : Rank.FIRST;
            }
            if (retry != null) {
                retry.asked();
            }
            return Rank.RETURNING;
        }

        @Override
        public void over() {
            if (hasBegun && !isOver) {
                isOver = true;
                underWay.decrementAndGet();
            }
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

    /**
     * {@return what runs the tasks of one client of this address}
     *
     * @param retry has the client asked to say its first message again, or null where it cannot be
     */
    TlsTaskExecutor of(AddressKey address, @Nullable HelloRetry retry) {
        return new Handshake(address, retry);
    }

    private Runnable add(AddressKey address, Task task) {
        Task tooMany = null;
        boolean needsWorker;
        synchronized (this) {
            waiting.computeIfAbsent(address, key -> new Crowd()).add(task);
            size++;
            if (size > most) {
                tooMany = removeOldest();
            }
            needsWorker = working < workers;
            working += needsWorker ? 1 : 0;
        }
        try {
            if (needsWorker) {
                startWorker();
            }
        } finally {
            if (tooMany != null) {
                tooMany.dropped.run();
            }
        }
        return () -> withdraw(address, task);
    }

    private Task removeOldest() {
        Map.Entry<AddressKey, Crowd> fullest =
                Collections.max(waiting.entrySet(), Comparator.comparingInt(entry -> entry.getValue().size));
        Task oldest = fullest.getValue().oldest();
        withdraw(fullest.getKey(), oldest);
        return oldest;
    }

    private synchronized void withdraw(AddressKey address, Task task) {
        Crowd crowd = waiting.get(address);
        if (crowd != null && crowd.remove(task)) {
            size--;
            if (crowd.size == 0) {
                waiting.remove(address);
            }
        }
    }

    private void startWorker() {
        boolean isStarted = false;
        try {
            threads.execute(this::work);
            isStarted = true;
        } catch (RejectedExecutionException closed) {
            log.debug("There is no thread for the tasks of TLS any more", closed);
        } finally {
            if (!isStarted) {
                workerEnded();
            }
        }
    }

    private synchronized void workerEnded() {
        working--;
    }

    private void work() {
        boolean isDone = false;
        try {
            for (Task next = next(); next != null; next = next()) {
                run(next);
            }
            isDone = true;
        } finally {
            if (!isDone) {
                workerEnded();
            }
        }
    }

    /** Whatever becomes of a task, and of telling about it, the worker goes on with the next. */
    private static void run(Task task) {
        try {
            task.body.run();
        } catch (RuntimeException | Error fault) {
            try {
                LINES.error(log, "A task of TLS failed", fault);
            } catch (RuntimeException | Error untold) {
                fault.addSuppressed(untold);
            }
        }
    }

    /** The next task; where there is none the worker has ended. */
    private synchronized @Nullable Task next() {
        var turns = waiting.entrySet().iterator();
        if (!turns.hasNext()) {
            working--;
            return null;
        }
        var turn = turns.next();
        turns.remove();
        Crowd crowd = turn.getValue();
        Task next = crowd.removeNext();
        size--;
        if (crowd.size > 0) {
            waiting.put(turn.getKey(), crowd);
        }
        return next;
    }

    /** Handshakes that have begun and are not over. */
    int underWay() {
        return underWay.get();
    }

    /** Tasks that wait. */
    synchronized int size() {
        return size;
    }
}
