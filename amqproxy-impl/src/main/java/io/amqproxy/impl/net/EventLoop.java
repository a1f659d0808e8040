package io.amqproxy.impl.net;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.UncaughtErrors;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread with one selector. A turn waits for ready sockets, commands or the next deadline, handles them, and then
 * writes once to each peer that has something to get.
 *
 * <p>All that is reachable from a loop belongs to its thread. Other threads have one door, {@link #execute}. Each key,
 * command and timer is guarded: what it throws costs its owner, never the loop.
 */
public final class EventLoop implements Runnable {

    /** What a ready key calls. */
    interface Ready {
        void onReady(SelectionKey key) throws IOException;

        void onFault(RuntimeException fault);

        void onFailure(IOException failure);
    }

    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

    /** What there has to be room for, to work at all. */
    private static final int LEAST_MEMORY = 256 * 1024;

    /** Sockets that stay open for a test though their connections are over. */
    private static final int MOST_SECRET_CLOSES = 1000;

    /** How often the end is tried where there is no memory for it. */
    private static final int ATTEMPTS_TO_END = 1000;

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

    /** Of clients in TLS handshakes so many are read in a turn; the next one begins at once, with others of them. */
    static final int HANDSHAKES_PER_TURN = 8;

    private final LoopContext context;
    private final Thread thread;
    private final Selector selector;
    private final CommandQueue commands;
    private final LoopBuffers buffers = new LoopBuffers();

    private int handshakesLeft;
    private int secretCloses;
    private final LingeringCloses lingering = new LingeringCloses();
    private final PolledConnections polling;
    private final TurnTimes turns;
    /** Whether the present turn has begun, with a socket that was ready at that time. */
    private boolean isAwake;

    private long awakeSince;
    // What is done is taken out first: after an error in the midst of it nothing is done twice, and nothing is left
    // out.
    private final ArrayDeque<LoopLink> dirty = new ArrayDeque<>();
    private final ArrayDeque<LoopLink> resumed = new ArrayDeque<>();
    private final ArrayDeque<Runnable> endOfTurn = new ArrayDeque<>();
    private final Consumer<SelectionKey> onKey = this::onKey;
    private final LoopErrors errors = new LoopErrors(this::probeMemory);
    /** Volatile, so that the memory that is probed for is really taken. */
    private volatile @Nullable Object probed;
    /** Null while nobody looks at what is said. */
    private @Nullable Taps taps;

    /** Null while nothing is to go wrong on purpose. */
    private @Nullable LinkFaults faults;

    private boolean stopping;
    private long untoldFaults;
    private Runnable onDeath = () -> {};

    /** @param threads makes the loop's thread, which {@link #start} starts */
    public EventLoop(LoopContext context, ThreadFactory threads) throws IOException {
        load(UncaughtErrors.class, LockSupport.class, LingeringClose.class, Sockets.class, SmallReadDetector.class);
        this.context = context;
        this.thread = threads.newThread(this);
        this.selector = Selector.open();
        this.commands = new CommandQueue(selector::wakeup);
        context.tick(System.nanoTime());
        context.onCaught(this::onCaught);
        this.polling = new PolledConnections(context.timers, context.lines, context.now);
        this.turns = new TurnTimes(context.now);
    }

    /** Classes cannot be loaded from files when descriptors are used up, which is when these may be needed first. */
    private static void load(Class<?>... classes) {
        for (Class<?> needed : classes) {
            try {
                MethodHandles.lookup().ensureInitialized(needed);
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    public void start() {
        thread.start();
    }

    public LoopContext context() {
        return context;
    }

    /** {@return how long its turns take} On the loop only. */
    public TurnTimes turns() {
        return turns;
    }

    Selector selector() {
        return selector;
    }

    LoopBuffers buffers() {
        return buffers;
    }

    LingeringCloses lingering() {
        return lingering;
    }

    PolledConnections polling() {
        return polling;
    }

    public boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    // From other threads.

    /** Runs a command on this loop, in order. After the loop has stopped it is dropped. */
    public void execute(Runnable command) {
        commands.add(command);
    }

    /** Asks for something on this loop; must not be called by a loop's thread. After the loop has stopped it fails. */
    public <T> CompletableFuture<T> ask(Callable<T> question) {
        return commands.ask(question);
    }

    /**
     * Asks for the end of the present turn, or of the next one: what its clients and the broker have been sent by then
     * is on its way, as far as their sockets have room. After the loop has stopped it is done.
     */
    public CompletableFuture<Void> endOfTurn() {
        CompletableFuture<Void> end = new CompletableFuture<>();
        execute(new CommandQueue.Obligation() {
            @Override
            public void run() {
                atEndOfTurn(this::drop);
            }

            @Override
            public void drop() {
                end.complete(null);
            }
        });
        return end;
    }

    /** Ends the thread after the present turn and closes what is still registered; also where it was not started. */
    public void stop() {
        execute(() -> stopping = true);
        if (thread.getState() == Thread.State.NEW) {
            end();
        }
    }

    /** Interrupts what keeps the loop from ending. */
    public void interrupt() {
        thread.interrupt();
    }

    /**
     * Waits for the end of the thread, whether interrupted or not.
     *
     * @return whether it has ended
     */
    public boolean join(long millis) {
        return ThreadJoin.join(thread, millis);
    }

    // On the loop.

    /** Somebody looks at the bytes of all connections of this loop, or nobody any more (null). */
    public void tap(@Nullable Taps newTaps) {
        taps = newTaps;
        links().forEach(LoopLink::onTaps);
    }

    private List<LoopLink> links() {
        List<LoopLink> links = new ArrayList<>();
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof LoopLink link) {
                links.add(link);
            }
        }
        return links;
    }

    /** What is to go wrong on purpose has changed, to nothing (null); on the loop only. */
    public void onFaults(@Nullable LinkFaults newFaults) {
        faults = newFaults;
        links().forEach(LoopLink::onFaults);
    }

    /** A socket is to stay open though its connection is over, as the peer is not to know; false where too many do. */
    boolean takeSecretClose() {
        boolean taken = secretCloses < MOST_SECRET_CLOSES;
        secretCloses += taken ? 1 : 0;
        return taken;
    }

    /** The peer of one of those may know now. */
    void leaveSecretClose() {
        secretCloses--;
    }

    @Nullable
    LinkFaults faults() {
        return faults;
    }

    /** {@return the sessions that have a connection} On the loop only. */
    public List<Session> sessions() {
        return links().stream().map(LoopLink::session).toList();
    }

    /**
     * Cuts connections as the network does. On the loop only.
     *
     * @return how many
     */
    public int cut(Predicate<Session> which, boolean byReset) {
        int count = 0;
        for (LoopLink link : links()) {
            if (which.test(link.session())) {
                link.cut(byReset);
                count++;
            }
        }
        return count;
    }

    /**
     * Shuts the sending half of connections, as the network may. On the loop only.
     *
     * @return how many
     */
    public int shutOutput(LinkFaults means, Predicate<Session> which) {
        int count = 0;
        for (LoopLink link : links()) {
            if (which.test(link.session())) {
                link.shutOutput(means);
                count++;
            }
        }
        return count;
    }

    @Nullable
    Taps taps() {
        return taps;
    }

    void markDirty(LoopLink link) {
        dirty.add(link);
    }

    /** Runs something when this turn's bytes are written, outside of any session. */
    void atEndOfTurn(Runnable action) {
        endOfTurn.add(action);
    }

    void markResumed(LoopLink link) {
        resumed.add(link);
    }

    @Override
    public void run() {
        while (!stopping && errors.fatal() == null) {
            try {
                turn();
            } catch (IOException | RuntimeException fault) {
                report(fault);
            } catch (Error fault) {
                errors.onTurn(fault, System.nanoTime());
                report(fault);
            }
        }
        if (untoldFaults > 0) {
            log.error("{} faults of {} could not be told", untoldFaults, thread.getName());
        }
        end();
        Error death = errors.fatal();
        if (death != null) {
            tellDeath();
            throw death;
        }
    }

    /** Others have to know, also where there is no memory to tell them just now. */
    private void tellDeath() {
        for (int i = 0; i < ATTEMPTS_TO_END; i++) {
            try {
                onDeath.run();
                return;
            } catch (OutOfMemoryError none) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }

    /** {@return whether nothing is done here any more} Any thread may ask. */
    public boolean hasEnded() {
        return commands.hasEnded();
    }

    /** Nothing stays open, and nobody waits for an answer. */
    private void end() {
        if (commands.hasEnded()) {
            return;
        }
        for (SelectionKey key : selector.keys()) {
            close(key);
        }
        try {
            selector.close();
        } catch (IOException e) {
            log.debug("Closing the selector failed", e);
        }
        commands.end();
    }

    /** A guard has caught this; to be called before its owner is told. */
    void onCaught(Throwable fault) {
        errors.onFault(fault, System.nanoTime());
    }

    private void probeMemory() {
        probed = new byte[LEAST_MEMORY];
        if (probed != null) {
            probed = null;
        }
    }

    /** Run on this loop when it could not go on, and has closed all sockets. */
    public void onDeath(Runnable action) {
        onDeath = action;
    }

    /** Run when there is no memory; gives some up. */
    void onNoMemory(Runnable action) {
        errors.relief(action);
    }

    private static void close(SelectionKey key) {
        try {
            if (key.attachment() instanceof LoopLink link) {
                link.stop();
            }
            if (!(key.attachment() instanceof Acceptor acceptor) || acceptor.isOwner()) {
                key.channel().close();
            }
        } catch (IOException | RuntimeException e) {
            log.debug("Closing a socket failed", e);
        }
    }

    /** A fault of which nothing can be said, as memory or descriptors are used up, is no reason to end either. */
    private void report(Throwable fault) {
        try {
            context.lines.error(log, "A turn of {} failed", thread.getName(), UncaughtErrors.of(fault));
        } catch (RuntimeException | Error untold) {
            untoldFaults++;
        }
    }

    /** One turn; tests call it where no thread runs the loop. */
    void turn() throws IOException {
        handshakesLeft = HANDSHAKES_PER_TURN;
        await();
        commands.onAwake();
        context.tick(System.nanoTime());
        long began = isAwake ? awakeSince : context.now;
        isAwake = false;
        runCommands();
        context.timers.fire(context.now);
        context.settle();
        resume();
        context.settle();
        flush();
        runEndOfTurn();
        turns.add(began, System.nanoTime());
    }

    private void runEndOfTurn() {
        for (Runnable action = endOfTurn.poll(); action != null; action = endOfTurn.poll()) {
            guarded(action);
        }
        context.onTurnEnd();
    }

    private void await() throws IOException {
        long nanos = context.timers.untilNext(System.nanoTime());
        boolean busy = nanos == 0 || hasWork() || context.hasWork();
        if (busy) {
            selector.selectNow(onKey);
        } else if (nanos < 0) {
            selector.select(onKey);
        } else {
            selector.select(onKey, Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos + 999_999)));
        }
        // A policy may have left the thread interrupted; a selector would never wait again.
        Thread.interrupted();
    }

    /** Whether one more client in its TLS handshake is read in this turn, so that nobody waits for many of them. */
    boolean readsHandshake() {
        boolean reads = handshakesLeft > 0;
        handshakesLeft -= reads ? 1 : 0;
        return reads;
    }

    private boolean hasWork() {
        return !resumed.isEmpty() || !dirty.isEmpty() || !endOfTurn.isEmpty() || !commands.isEmpty();
    }

    private void onKey(SelectionKey key) {
        if (!(key.attachment() instanceof Ready owner)) {
            return;
        }
        context.tick(System.nanoTime());
        if (!isAwake) {
            isAwake = true;
            awakeSince = context.now;
        }
        try {
            if (key.isValid()) {
                owner.onReady(key);
            }
        } catch (IOException failure) {
            owner.onFailure(failure);
        } catch (RuntimeException | Error fault) {
            onCaught(fault);
            owner.onFault(UncaughtErrors.of(fault));
        }
    }

    /** Does what was asked for by {@link #execute}; tests call it where no thread runs the loop. */
    void runCommands() {
        Runnable command = commands.next();
        while (command != null) {
            guarded(command);
            command = commands.next();
        }
    }

    private void guarded(Runnable command) {
        try {
            command.run();
        } catch (RuntimeException | Error fault) {
            onCaught(fault);
            context.lines.error(log, "A command of {} failed", thread.getName(), UncaughtErrors.of(fault));
        }
    }

    private void resume() {
        for (int most = resumed.size(); most > 0; most--) {
            resumed.remove().onResumed();
        }
    }

    private void flush() {
        for (LoopLink link = dirty.poll(); link != null; link = dirty.poll()) {
            link.onFlush();
        }
    }
}
