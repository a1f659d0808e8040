package io.amqproxy.impl.core;

import io.amqproxy.ClientInfo;
import io.amqproxy.LimitInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import io.amqproxy.internal.LogText;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What everything on one loop shares: time, memory, deadlines, counters. It belongs to the loop's thread.
 *
 * <p>Each route has a {@link #branch} of it on each loop: what is known of the route's broker, its settings and its
 * counters are the branch's own, and all else is the loop's.
 */
public final class LoopContext {

    private static final Logger log = LoggerFactory.getLogger(LoopContext.class);

    private static final int MAX_QUEUES = 64;
    private static final long APART = TimeUnit.SECONDS.toNanos(10);
    /** Users whose limits are told of one by one in that time. */
    private static final int MOST_TOLD = 100;

    /** Limits that make somebody wait, or a message not be taken. */
    public enum Limit {
        NEW_CLIENTS("newClientsPerSecond"),
        LOGINS("loginsUnderWay"),
        CLIENTS_PER_ADDRESS("clientsPerAddress"),
        CONNECTIONS("maxConnections"),
        TOTAL_CONNECTIONS("maxTotalConnections"),
        BROKER_CONNECTIONS("brokerConnections"),
        BROKER_CHANNELS("brokerChannels"),
        MESSAGE("maxMessageSize"),
        INCOMPLETE("maxIncompleteBytes");

        private final String setting;

        Limit(String setting) {
            this.setting = setting;
        }

        String setting() {
            return setting;
        }
    }

    private final Map<String, Long> limitsTold = new HashMap<>();

    /** What is in force; other settings may take their place between two turns. */
    public Settings settings;

    public final ProxyListener events;
    public final ChunkPool chunks;
    public final Timers timers;
    private final List<Runnable> atTurnEnd;
    private Consumer<Throwable> onCaught = fault -> {};
    private final ArrayDeque<TurnWork> putOff;
    /** Queues that are empty, used again. */
    private final ArrayDeque<ByteQueue> queues;

    /** The time of the present turn, nanoseconds; set by {@link #tick} only. */
    public long now;

    /** For lines that peers can cause. */
    public final RateLimitedLog lines;

    /** What the clients of all loops have. */
    public ClientObjectBudget belongings;

    /** The machine that this runs on, as it calls itself. */
    public String host = "localhost";

    /** Where this is a route's, that of the loop; else itself. */
    private final LoopContext main;

    private final @Nullable String route;
    private final List<LoopContext> branches = new ArrayList<>(1);

    private final Map<Class<?>, Object> attachments = new HashMap<>();

    public final TrafficCounters traffic = new TrafficCounters();
    public long bytesIn;
    public long bytesOut;
    public long leases;
    public long upstreamsOpened;
    public long acquireTimeouts;
    /** Clients that did not get past the handshake of TLS. */
    public long tlsFailures;

    /** What one protocol keeps for all of its sessions here, made by the first that asks. */
    public <T> T attachment(Class<T> type, Function<LoopContext, T> make) {
        Object present = attachments.get(type);
        if (present == null) {
            present = make.apply(this);
            attachments.put(type, present);
        }
        return type.cast(present);
    }

    /** What is done once a turn, however often it was asked for, and inside of no other call. */
    public interface TurnWork {

        /** All that the turn has read is handled, and nothing of its answers is sent. It may be marked again. */
        void onTurn();

        /** It failed. */
        void onFault(RuntimeException fault);
    }

    /** Puts work off until the present turn has handled all that it read; whoever asks does so once. */
    public void putOff(TurnWork work) {
        putOff.add(work);
    }

    /** Told first of what timers, work that was put off, and what is done at the end of turns have thrown. */
    public void onCaught(Consumer<Throwable> witness) {
        onCaught = witness;
        timers.onCaught(witness);
    }

    /** A guard has caught this; to be called before anybody is told. */
    public void caught(Throwable fault) {
        main.onCaught.accept(fault);
    }

    /** {@return whether there is work that was put off} */
    public boolean hasWork() {
        return !putOff.isEmpty();
    }

    /** Does what was put off. */
    public void settle() {
        for (TurnWork work = putOff.poll(); work != null; work = putOff.poll()) {
            try {
                work.onTurn();
            } catch (RuntimeException | Error fault) {
                onCaught.accept(fault);
                work.onFault(UncaughtErrors.of(fault));
            }
        }
    }

    /** Does this at the end of each turn; it has to be quick. */
    public void atTurnEnd(Runnable action) {
        atTurnEnd.add(action);
    }

    /** Keeps what is found by {@link #attached}; for whoever sets up the loop. */
    public <T> void attach(Class<T> type, T what) {
        attachments.put(type, what);
    }

    /** {@return what was attached as this} */
    public <T> T attached(Class<T> type) {
        return Objects.requireNonNull(type.cast(attachments.get(type)), type::getName);
    }

    /** An empty queue, to be given back. */
    public ByteQueue takeQueue() {
        ByteQueue queue = queues.pollLast();
        return queue == null ? ByteQueue.tight(chunks) : queue;
    }

    public void giveBack(ByteQueue queue) {
        if (queues.size() < MAX_QUEUES) {
            queues.addLast(queue);
        }
    }

    public LoopContext(Settings settings, ProxyListener events) {
        this(settings, events, new ChunkPool(settings.maxBufferBytes()));
    }

    public LoopContext(Settings settings, ProxyListener events, ChunkPool chunks) {
        this.settings = settings;
        this.events = events;
        this.chunks = chunks;
        this.belongings = new ClientObjectBudget(settings.maxBufferBytes());
        this.timers = new Timers();
        this.atTurnEnd = new ArrayList<>(1);
        this.putOff = new ArrayDeque<>();
        this.queues = new ArrayDeque<>();
        this.lines = new RateLimitedLog(() -> now);
        this.main = this;
        this.route = null;
    }

    private LoopContext(LoopContext main, Settings settings, @Nullable String route) {
        this.settings = settings;
        this.events = main.events;
        this.chunks = main.chunks;
        this.belongings = main.belongings;
        this.timers = main.timers;
        this.atTurnEnd = main.atTurnEnd;
        this.putOff = main.putOff;
        this.queues = main.queues;
        this.lines = main.lines;
        this.host = main.host;
        this.now = main.now;
        this.main = main;
        this.route = route;
    }

    /** {@return what a route has of this loop, until it is {@link #release released}} */
    public LoopContext branch(Settings own, @Nullable String newRoute) {
        LoopContext branch = new LoopContext(main, own, newRoute);
        main.branches.add(branch);
        return branch;
    }

    /** A route is over; what was counted there stays counted. */
    public void release(LoopContext branch) {
        if (branches.remove(branch)) {
            bytesIn += branch.bytesIn;
            bytesOut += branch.bytesOut;
            leases += branch.leases;
            upstreamsOpened += branch.upstreamsOpened;
            acquireTimeouts += branch.acquireTimeouts;
            traffic.add(branch.traffic);
        }
    }

    /** {@return the loop's own, which all of its routes share} */
    public LoopContext main() {
        return main;
    }

    /** {@return the name of the route, or null where it is the default one or none's} */
    public @Nullable String route() {
        return route;
    }

    /** It is this late now, for all routes. */
    public void tick(long time) {
        now = time;
        for (int i = 0; i < branches.size(); i++) {
            branches.get(i).now = time;
        }
    }

    /** The machine calls itself so. */
    public void host(String name) {
        host = name;
        branches.forEach(branch -> branch.host = name);
    }

    /** Other settings are in force from now on; what all routes share has those of the loop's own. */
    public void reload(Settings newer) {
        settings = newer;
        if (main == this) {
            chunks.limit(newer.maxBufferBytes());
            belongings.most(newer.maxBufferBytes());
        }
    }

    /** Tells of a limit that nobody is refused or closed for, now and then; it is about everybody. */
    public void limitReached(Limit limit, String effect) {
        limitReached(limit, null, null, null, effect);
    }

    /** The same for what one client has met. */
    public void limitReached(Limit limit, ClientInfo client, String effect) {
        limitReached(limit, client.user(), client.vhost(), client, effect);
    }

    /**
     * The same for what some clients of this user wait for.
     *
     * @param vhost null where it is about all of them
     * @param client the one of them that has met it, if it was one
     */
    public void limitReached(
            Limit limit, @Nullable String user, @Nullable String vhost, @Nullable ClientInfo client, String effect) {
        limitsTold.values().removeIf(before -> now - before >= APART);
        String name = limit.setting();
        if (user != null && limitsTold.size() < MOST_TOLD) {
            name += ' ' + user + '\n' + vhost;
        }
        if (limitsTold.putIfAbsent(name, now) == null) {
            events.limitReached(LimitInfo.of(limit.setting(), LogText.of(effect))
                    .in(user, vhost)
                    .through(client == null || client.route() == null ? route : client.route())
                    .about(client));
        }
    }

    /** Whether the policy wants this client to hear of a lost connection in any case. */
    public boolean tellsOfLoss(ClientInfo client) {
        try {
            return settings.policy().tellsOfLoss(client);
        } catch (RuntimeException failure) {
            lines.warn(log, "The pool policy failed when it was asked whom to tell of a lost connection", failure);
            return false;
        }
    }

    /** Whether the policy wants a connection that is opened for this client to carry the client's name. */
    public boolean introducesAs(ClientInfo client) {
        try {
            return settings.policy().introducesAs(client);
        } catch (RuntimeException failure) {
            lines.warn(log, "The pool policy failed when it was asked as whom to introduce a connection", failure);
            return false;
        }
    }

    /** At the end of a turn. */
    public void onTurnEnd() {
        for (int i = 0; i < atTurnEnd.size(); i++) {
            try {
                atTurnEnd.get(i).run();
            } catch (RuntimeException | Error fault) {
                onCaught.accept(fault);
                lines.error(log, "What is done at the end of a turn failed", UncaughtErrors.of(fault));
            }
        }
    }
}
