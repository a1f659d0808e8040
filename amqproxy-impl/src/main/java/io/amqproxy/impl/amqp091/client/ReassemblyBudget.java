package io.amqproxy.impl.amqp091.client;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.IncompleteMessage;
import io.amqproxy.impl.core.IncompleteMessages;
import io.amqproxy.impl.core.IncompletePatience;
import io.amqproxy.impl.core.Leftover;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.core.Timers;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that the incomplete messages of one loop's clients take, with what they have sent and could not be taken
 * yet, and no client more than {@link #mostOfClient}. When it is used up clients that have more than a little of it are
 * not read, but for the one whose message began first: it goes on, and with every message that becomes complete there
 * is room for others in the order in which they came to wait. While the loop's buffers are nearly used up, for
 * whatever, nobody but the first gets more of it, so that who sends nothing in parts has the rest of them.
 *
 * <p>While others wait nobody holds them up for ever: see {@link IncompletePatience}.
 */
final class ReassemblyBudget implements Timers.Timed {

    /**
     * What a client that was woken reads before it is asked again, at the most; fewer than so many are woken at once.
     */
    private static final int READ_SIZE = 3 * Settings.FRAME_MAX;

    private static final int WOKEN = 64;

    private static final Logger log = LoggerFactory.getLogger(ReassemblyBudget.class);

    /** A client, of whose messages some are incomplete. */
    interface Sender extends IncompletePatience.Sender {

        /** Its incomplete messages take so many octets more, or less; {@return how much they take} */
        long addIncomplete(long octets);

        /**
         * It is not read until there is memory for more.
         *
         * @return whether it waits only now
         */
        boolean forMemory();

        /**
         * There is memory.
         *
         * @return whether it waited for it
         */
        boolean onMemory();

        void close(CloseCause why);

        ClientInfo info();
    }

    private final LoopContext loop;
    private final Timers.Timer timer = new Timers.Timer(this);
    private final ArrayDeque<Sender> waiting = new ArrayDeque<>();
    private long used;
    /** Whether some wait because the loop has no buffers. */
    private boolean starved;

    private final IncompleteMessages<Sender> messages = new IncompleteMessages<>();
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

    /** The session takes what was left. */
    void take(Leftover<Sender> leftover) {
        uncount(leftover);
    }

    /** The session leaves so much. What it cannot take as it waits for others is not the client's doing. */
    void leave(Leftover<Sender> leftover, int octets) {
        boolean isOther = leftover.leave(leftover.sender().isHeldUp() ? 0 : octets);
        if (leftover.octets() > 0) {
            if (!messages.has(leftover)) {
                begin(leftover);
            }
            long since = leftover.grownAt();
            grow(leftover);
            if (!isOther) {
                leftover.onGrown(since);
            }
        } else if (messages.has(leftover)) {
            end(leftover);
        }
    }

    void begin(IncompleteMessage<Sender> content) {
        content.onGrown(loop.now);
        messages.add(content);
    }

    /** The octets of one client's incomplete messages are hardly more; it is closed at an eighth more memory. */
    long mostOfClient() {
        return Math.max(loop.settings.maxMessageSize(), loop.settings.maxIncompleteBytes());
    }

    /** More of the message has come. */
    void grow(IncompleteMessage<Sender> content) {
        Sender sender = content.sender();
        long more = content.countGrowth();
        used += more;
        content.onGrown(loop.now);
        long ofClient = sender.addIncomplete(more);
        if (ofClient > mostOfClient() + mostOfClient() / 8) {
            excessive.add(sender);
        }
        long most = loop.settings.maxIncompleteBytes();
        boolean isTooMuch = used > most && ofClient > IncompletePatience.free(most);
        if ((isTooMuch || loop.chunks.isNearlyFull() || loop.chunks.isFull()) && !isFirst(sender)) {
            await(sender);
            if (isTooMuch) {
                loop.limitReached(LoopContext.Limit.INCOMPLETE, sender.info(), sender + " is not read");
            }
        }
    }

    private void uncount(IncompleteMessage<Sender> content) {
        long had = content.uncount();
        used -= had;
        content.sender().addIncomplete(-had);
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
        if (starved && (!isShort() || messages.first() == null)) {
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
        IncompleteMessage<Sender> first = messages.first();
        return first != null && first.sender() == sender;
    }

    /** The message is complete or dropped. */
    void end(IncompleteMessage<Sender> content) {
        uncount(content);
        turn.end(content);
        messages.remove(content);
        if (!waiting.isEmpty()) {
            wake();
        }
    }

    private void await(Sender client) {
        if (!client.forMemory()) {
            return;
        }
        waiting.add(client);
        starved |= isShort();
        if (waiting.size() == 1) {
            turn.begin(loop.now);
            loop.timers.set(timer, loop.now + IncompletePatience.LOOK);
        }
    }

    /** Wakes as many as there is room for, each of which may read once, and always the first. */
    private void wake() {
        IncompleteMessage<Sender> first = messages.first();
        if (first != null) {
            first.sender().onMemory();
        }
        if (isShort()) {
            starved = true;
            wakeAlone();
            return;
        }
        long most = loop.settings.maxIncompleteBytes();
        for (long room = most - used; room > 0 && !waiting.isEmpty(); ) {
            Sender next = waiting.remove();
            if (next.onMemory()) {
                room -= Math.min(READ_SIZE, most / WOKEN);
            }
        }
    }

    /** Where nobody has begun a message, one of those who wait may go on with its own. */
    private void wakeAlone() {
        while (messages.first() == null && !loop.chunks.isFull() && !waiting.isEmpty()) {
            if (waiting.remove().onMemory()) {
                return;
            }
        }
    }

    private boolean isShort() {
        return loop.chunks.isNearlyFull() || loop.chunks.isFull();
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.timers.set(timer, loop.now + IncompletePatience.LOOK);
        loop.lines.error(log, "Looking for messages that stand still failed", fault);
    }

    @Override
    public void onTime() {
        waiting.removeIf(client -> !client.isForMemory());
        if (waiting.isEmpty()) {
            return;
        }
        IncompleteMessage<Sender> oldest = messages.first();
        if (oldest != null) {
            turn.onLook(loop.now, oldest.sender());
        }
        Set<Sender> stuck = new LinkedHashSet<>();
        for (IncompleteMessage<Sender> content = oldest; content != null; content = content.next()) {
            if (turn.isStuck(loop, content.grownAt(), content.sender())) {
                stuck.add(content.sender());
            }
        }
        if (oldest != null && turn.isSlow(loop.now, oldest, oldest.octets(), oldest.sender())) {
            stuck.add(oldest.sender());
        }
        for (Sender sender : stuck) {
            sender.close(CloseCause.byProxy(Kind.RESOURCE, "a message stood still while memory was short"));
        }
        wake();
        if (!waiting.isEmpty()) {
            loop.timers.set(timer, loop.now + IncompletePatience.LOOK);
        }
    }
}
