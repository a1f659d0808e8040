package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.IncompletePatience;
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
 * <p>While others wait nobody holds them up for ever: see {@link IncompletePatience}.
 */
final class ReassemblyBudget implements Timers.Timed {

    /** What a client that was woken reads at the most before it is asked again. */
    private static final int READ_SIZE = 3 * Settings.FRAME_MAX;

    private static final Logger log = LoggerFactory.getLogger(ReassemblyBudget.class);

    /** A client, of whose messages some are incomplete. */
    interface Sender extends IncompletePatience.Sender {

        /** Its incomplete messages take so many octets more, or less; {@return how much they take} */
        long addIncomplete(long octets);

        /** It is not read until there is memory for more; returns whether it waits only now. */
        boolean forMemory();

        /** There is memory; returns whether it waited for it. */
        boolean onMemory();

        void close(CloseCause why);

        /** As whom it is logged in. */
        @Nullable
        String user();
    }

    /** A message that may be incomplete. */
    abstract static class Message {

        // Its neighbours in the order in which they began, and when it last grew.
        private @Nullable Message previous;
        private @Nullable Message next;
        private long grownAt;

        /** Whose it is. */
        abstract Sender sender();

        /** Octets that it takes. */
        abstract long octets();
    }

    private final LoopContext loop;
    private final Timers.Timer timer = new Timers.Timer(this);
    private final ArrayDeque<Sender> waiting = new ArrayDeque<>();
    private long used;
    /** Whether some wait because the loop has no buffers. */
    private boolean starved;

    // In the order in which they began.
    private @Nullable Message first;
    private @Nullable Message last;
    private final IncompletePatience turn = new IncompletePatience();
    /** Who has sent more in parts than a client may. */
    private final Set<Sender> excessive = new LinkedHashSet<>();

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

    void begin(Message content) {
        Message before = last;
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
    void grow(Message content, long octets) {
        used += octets;
        if (content.sender().addIncomplete(octets) > mostOfClient()) {
            excessive.add(content.sender());
        }
        content.grownAt = loop.now;
        boolean isTooMuch = used > loop.settings.maxIncompleteBytes();
        if ((isTooMuch || loop.chunks.isFull()) && !isFirst(content.sender())) {
            await(content.sender());
            if (isTooMuch) {
                Sender sender = content.sender();
                loop.limitReached(LoopContext.Limit.INCOMPLETE, sender.user(), sender + " is not read");
            }
        }
    }

    /** A client has sent something, or is about to be read; while there are no buffers it waits with the rest. */
    void onTaken(Sender sender) {
        if (loop.chunks.isFull() && !isFirst(sender)) {
            await(sender);
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
        List<Sender> all = List.copyOf(excessive);
        excessive.clear();
        String why = "incomplete messages of more than " + mostOfClient() + " octets";
        all.forEach(sender -> sender.close(CloseCause.byProxy(Kind.RESOURCE, why)));
    }

    private boolean isFirst(Sender sender) {
        return first != null && first.sender() == sender;
    }

    /** The message, which takes so much, is complete or dropped. */
    void end(Message content, long octets) {
        used -= octets;
        content.sender().addIncomplete(-octets);
        turn.end(content);
        Message before = content.previous;
        Message after = content.next;
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

    private void await(Sender client) {
        if (!client.forMemory()) {
            return;
        }
        waiting.add(client);
        starved |= loop.chunks.isFull();
        if (waiting.size() == 1) {
            turn.begin();
            loop.timers.set(timer, loop.now + IncompletePatience.STUCK);
        }
    }

    /** Wakes as many as there is room for, each of which may read once, and always the first. */
    private void wake() {
        if (first != null) {
            first.sender().onMemory();
        }
        if (loop.chunks.isFull()) {
            starved = true;
            return;
        }
        for (long room = loop.settings.maxIncompleteBytes() - used; room > 0 && !waiting.isEmpty(); ) {
            Sender next = waiting.remove();
            if (next.onMemory()) {
                room -= READ_SIZE;
            }
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.timers.set(timer, loop.now + IncompletePatience.STUCK);
        loop.lines.error(log, "Looking for messages that stand still failed", fault);
    }

    @Override
    public void onTime() {
        waiting.removeIf(client -> !client.isForMemory());
        if (waiting.isEmpty()) {
            return;
        }
        Set<Sender> stuck = new LinkedHashSet<>();
        for (Message content = first; content != null; content = content.next) {
            if (IncompletePatience.isStuck(loop.now, content.grownAt, content.sender())) {
                stuck.add(content.sender());
            }
        }
        Message oldest = first;
        if (oldest != null && turn.isSlow(loop.now, oldest, oldest.octets(), oldest.sender())) {
            stuck.add(oldest.sender());
        }
        for (Sender sender : stuck) {
            sender.close(CloseCause.byProxy(Kind.RESOURCE, "a message stood still while memory was short"));
        }
        wake();
        if (!waiting.isEmpty()) {
            loop.timers.set(timer, loop.now + IncompletePatience.STUCK / 2);
        }
    }
}
