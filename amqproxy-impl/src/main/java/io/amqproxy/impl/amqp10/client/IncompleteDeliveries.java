package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.IncompletePatience;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Timers;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that the incomplete deliveries of one loop's clients take, and no client more than {@link #mostOfClient}.
 * When it is used up clients whose deliveries would take more are not read, but for the one whose delivery began first.
 * It is the same while the loop's buffers are used up, for whatever.
 *
 * <p>While others wait nobody holds them up for ever: see {@link IncompletePatience}.
 */
final class IncompleteDeliveries implements Timers.Timed {

    private static final Logger log = LoggerFactory.getLogger(IncompleteDeliveries.class);

    private final LoopContext loop;
    private final Timers.Timer timer = new Timers.Timer(this);
    /** Who sends one, in the order in which they began. */
    private final IncompleteSenders senders = new IncompleteSenders();

    private final Set<ClientShare> waiting = new LinkedHashSet<>();
    private long used;
    private final IncompletePatience turn = new IncompletePatience();

    private IncompleteDeliveries(LoopContext loop) {
        this.loop = loop;
        loop.atTurnEnd(this::onTurnEnd);
    }

    static IncompleteDeliveries of(LoopContext loop) {
        return loop.main().attachment(IncompleteDeliveries.class, IncompleteDeliveries::new);
    }

    /** The octets of one client's incomplete deliveries are never more. */
    long mostOfClient() {
        return Math.max(loop.settings.maxMessageSize(), loop.settings.maxIncompleteBytes());
    }

    /** A delivery takes so much more; returns whether its client may have that. */
    boolean grow(IncompleteSender sender, long octets) {
        used += octets;
        long ofClient = sender.share().addIncomplete(octets);
        sender.onGrown(loop.now);
        senders.add(sender);
        if (isShort() && !isFirst(sender.share())) {
            await(sender.share());
            loop.limitReached(
                    LoopContext.Limit.INCOMPLETE,
                    sender.share().client().info().user(),
                    sender.share().client() + " is not read");
        }
        return ofClient <= mostOfClient();
    }

    /** A client has sent something; while there are no buffers it waits with the rest. */
    void onTaken(ClientShare client) {
        if (loop.chunks.isFull() && !isFirst(client)) {
            await(client);
        }
    }

    /** A delivery, which took so much, is complete or dropped. */
    void end(IncompleteSender sender, long octets) {
        used -= octets;
        sender.share().addIncomplete(-octets);
        senders.remove(sender);
        turn.end(sender);
        wake();
    }

    /** The client is gone. */
    void forget(ClientShare client) {
        waiting.remove(client);
    }

    private boolean isShort() {
        return used > loop.settings.maxIncompleteBytes() || loop.chunks.isFull();
    }

    private boolean isFirst(ClientShare client) {
        IncompleteSender first = senders.first();
        return first != null && first.share() == client;
    }

    private void await(ClientShare client) {
        if (waiting.isEmpty()) {
            turn.begin();
            loop.timers.set(timer, loop.now + IncompletePatience.STUCK);
        }
        waiting.add(client);
        client.backpressure().forMemory(true);
    }

    private void onTurnEnd() {
        if (!waiting.isEmpty()) {
            wake();
        }
    }

    /** All may go on while there is room, each of which comes here again with what it reads; the first always. */
    private void wake() {
        if (waiting.isEmpty()) {
            return;
        }
        if (!isShort()) {
            List<ClientShare> all = List.copyOf(waiting);
            waiting.clear();
            all.forEach(client -> client.backpressure().forMemory(false));
            return;
        }
        IncompleteSender first = senders.first();
        if (first != null && waiting.remove(first.share())) {
            first.share().backpressure().forMemory(false);
        }
    }

    @Override
    public void onTime() {
        if (waiting.isEmpty()) {
            return;
        }
        Set<ClientShare> stuck = new LinkedHashSet<>();
        for (IncompleteSender sender = senders.first(); sender != null; sender = sender.after) {
            if (IncompletePatience.isStuck(
                    loop.now, sender.grownAt(), sender.share().backpressure())) {
                stuck.add(sender.share());
            }
        }
        IncompleteSender first = senders.first();
        if (first != null
                && turn.isSlow(loop.now, first, first.octets(), first.share().backpressure())) {
            stuck.add(first.share());
        }
        stuck.forEach(client -> client.client()
                .close(CloseCause.byProxy(Kind.RESOURCE, "a message stood still while memory was short")));
        wake();
        if (!waiting.isEmpty()) {
            loop.timers.set(timer, loop.now + IncompletePatience.STUCK / 2);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.timers.set(timer, loop.now + IncompletePatience.STUCK);
        loop.lines.error(log, "Looking for deliveries that stand still failed", fault);
    }
}
