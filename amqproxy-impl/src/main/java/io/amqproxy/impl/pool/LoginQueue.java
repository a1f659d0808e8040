package io.amqproxy.impl.pool;

import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import io.amqproxy.impl.pool.spi.Protocol;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The accounts of one route on one loop that want to log in as soon as that is possible: when an endpoint answers, or
 * when other log-ins are over. Each gets its turn once for whatever has changed.
 */
final class LoginQueue implements Timers.Timed {

    /** Who waits to log in. */
    interface Waiter {

        Protocol protocol();

        /** It may try now; where that is no use it queues up again. */
        void onTurn();
    }

    private static final Logger log = LoggerFactory.getLogger(LoginQueue.class);

    /** Log-ins that are tried in one go, of the many that may wait for others from their address. */
    private static final int TRIES_AT_ONCE = 64;

    private static final long APART = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final LoopContext loop;
    private final LoginGuard guard;
    private final Predicate<Protocol> mayConnect;
    /** What the guard runs when others may log in. */
    private final Runnable waker;

    private final Set<Waiter> waiting = new LinkedHashSet<>();
    private final Timers.Timer timer = new Timers.Timer(this);
    /** How many of them are still to be tried, as something has changed. */
    private int turns;

    /**
     * @param commands runs something on this loop, called by any thread
     * @param mayConnect whether connections of a protocol may be made now
     */
    LoginQueue(LoopContext loop, LoginGuard guard, Consumer<Runnable> commands, Predicate<Protocol> mayConnect) {
        this.loop = loop;
        this.guard = guard;
        this.mayConnect = mayConnect;
        this.waker = () -> commands.accept(this::onLoginEnded);
    }

    boolean contains(Waiter one) {
        return waiting.contains(one);
    }

    void add(Waiter one) {
        waiting.add(one);
    }

    void remove(Waiter one) {
        waiting.remove(one);
    }

    int size() {
        return waiting.size();
    }

    /**
     * {@return what a log-in needs to begin, or null where it has to wait, for which {@link #add} is}
     *
     * @param login whose it is, null where that is not to be counted
     */
    LoginGuard.@Nullable Attempt begin(LoginGuard.@Nullable Login login) {
        return guard.begin(login, loop.now, waker);
    }

    /** There is room for others. */
    void onLoginEnded() {
        if (!waiting.isEmpty()) {
            wake(); // Later in this turn: the one that ended may still be in the midst of it.
        }
    }

    /** Something has changed: all that wait get their turn, once. */
    void wake() {
        wake(loop.now);
    }

    private void wake(long at) {
        turns = waiting.size();
        loop.timers.set(timer, at);
    }

    /** Those that have to go on waiting are behind all others then, so that all of them get their turn. */
    @Override
    public void onTime() {
        int tries = 0;
        for (Waiter one : List.copyOf(waiting)) {
            if (turns <= 0 || guard.isFull()) {
                return;
            }
            if (tries == TRIES_AT_ONCE) {
                loop.timers.set(timer, loop.now + APART);
                return;
            }
            turns--;
            if (mayConnect.test(one.protocol())) {
                tries++;
                one.onTurn();
            } else {
                remove(one);
                add(one);
            }
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        wake(loop.now + RETRY);
        loop.lines.error(log, "Starting log-ins failed", fault);
    }
}
