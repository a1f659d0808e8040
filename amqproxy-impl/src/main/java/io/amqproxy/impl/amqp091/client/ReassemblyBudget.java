package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.IncompleteTurn;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Timers;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that the incomplete messages of one loop's clients take, and no client more than {@link #mostOfClient}.
 * When it is used up clients whose messages would take more are not read, but for the one whose message began first: it
 * goes on, and with every message that becomes complete there is room for others in the order in which they came to
 * wait. It is the same while the loop's buffers are used up, for whatever.
 *
 * <p>While others wait nobody holds them up for ever: see {@link IncompleteTurn}.
 */
public final class ReassemblyBudget implements Timers.Timed {

    /** What a client that was woken reads at the most before it is asked again. */
    private static final int READ_SIZE = 3 * Settings.FRAME_MAX;

    private static final Logger log = LoggerFactory.getLogger(ReassemblyBudget.class);

    private final LoopContext loop;
    private final Timers.Timer timer = new Timers.Timer(this);
    private final ArrayDeque<ClientBackpressure> waiting = new ArrayDeque<>();
    private long used;
    /** Whether some wait because the loop has no buffers. */
    private boolean starved;

    // In the order in which they began.
    private @Nullable IncomingContent first;
    private @Nullable IncomingContent last;
    private final IncompleteTurn turn = new IncompleteTurn();
    /** Who has sent more in parts than a client may. */
    private final Set<ClientSession> excessive = new LinkedHashSet<>();

    private ReassemblyBudget(LoopContext loop) {
        this.loop = loop;
        loop.atTurnEnd(this::onTurnEnd);
    }

    static ReassemblyBudget of(LoopContext loop) {
        return loop.main().attachment(ReassemblyBudget.class, ReassemblyBudget::new);
    }

    /** Octets of incomplete messages. */
    long used() {
        return used;
    }

    public void begin(IncomingContent content) {
        IncomingContent before = last;
        content.previous = before;
        if (before == null) {
            first = content;
        } else {
            before.next = content;
        }
        last = content;
    }

    /** The octets of one client's incomplete messages are hardly more. */
    long mostOfClient() {
        return Math.max(loop.settings.maxMessageSize(), loop.settings.maxIncompleteBytes());
    }

    /** The message takes so much more. */
    public void grow(IncomingContent content, long octets) {
        used += octets;
        if (content.session().backpressure().addIncomplete(octets) > mostOfClient()) {
            excessive.add(content.session());
        }
        content.grownAt = loop.now;
        boolean isTooMuch = used > loop.settings.maxIncompleteBytes();
        if ((isTooMuch || loop.chunks.isFull()) && !isFirst(content.session())) {
            content.session().backpressure().forMemory();
            if (isTooMuch) {
                loop.limitReached(LoopContext.Limit.INCOMPLETE, content.session() + " is not read");
            }
        }
    }

    /** A client has sent something, or is about to be read; while there are no buffers it waits with the rest. */
    public void onTaken(ClientSession session) {
        if (loop.chunks.isFull() && !isFirst(session)) {
            session.backpressure().forMemory();
        }
    }

    void onTurnEnd() {
        if (!excessive.isEmpty()) {
            closeExcessive();
        }
        if (starved && !loop.chunks.isFull()) {
            wake();
            starved = !waiting.isEmpty();
        }
    }

    private void closeExcessive() {
        List<ClientSession> all = List.copyOf(excessive);
        excessive.clear();
        String why = "incomplete messages of more than " + mostOfClient() + " octets";
        all.forEach(session -> session.close(CloseCause.byProxy(Kind.RESOURCE, why)));
    }

    private boolean isFirst(ClientSession session) {
        return first != null && first.session() == session;
    }

    /** The message, which takes so much, is complete or dropped. */
    public void end(IncomingContent content, long octets) {
        used -= octets;
        content.session().backpressure().addIncomplete(-octets);
        turn.end(content);
        IncomingContent before = content.previous;
        IncomingContent after = content.next;
        content.previous = null;
        content.next = null;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        if (!waiting.isEmpty()) {
            wake();
        }
    }

    public void await(ClientBackpressure client) {
        waiting.add(client);
        starved |= loop.chunks.isFull();
        if (waiting.size() == 1) {
            turn.begin();
            loop.timers.set(timer, loop.now + IncompleteTurn.STUCK);
        }
    }

    /** Wakes as many as there is room for, each of which may read once, and always the first. */
    private void wake() {
        if (first != null) {
            first.session().backpressure().onMemory();
        }
        if (loop.chunks.isFull()) {
            starved = true;
            return;
        }
        for (long room = loop.settings.maxIncompleteBytes() - used; room > 0 && !waiting.isEmpty(); ) {
            ClientBackpressure next = waiting.remove();
            if (next.onMemory()) {
                room -= READ_SIZE;
            }
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.timers.set(timer, loop.now + IncompleteTurn.STUCK);
        loop.lines.error(log, "Looking for messages that stand still failed", fault);
    }

    @Override
    public void onTime() {
        waiting.removeIf(client -> !client.isForMemory());
        if (waiting.isEmpty()) {
            return;
        }
        Set<ClientSession> stuck = new LinkedHashSet<>();
        for (IncomingContent content = first; content != null; content = content.next) {
            if (IncompleteTurn.isStuck(
                    loop.now, content.grownAt, content.session().backpressure())) {
                stuck.add(content.session());
            }
        }
        IncomingContent oldest = first;
        if (oldest != null
                && turn.isSlow(
                        loop.now, oldest, oldest.octets(), oldest.session().backpressure())) {
            stuck.add(oldest.session());
        }
        for (ClientSession session : stuck) {
            session.close(CloseCause.byProxy(Kind.RESOURCE, "a message stood still while memory was short"));
        }
        wake();
        if (!waiting.isEmpty()) {
            loop.timers.set(timer, loop.now + IncompleteTurn.STUCK / 2);
        }
    }
}
