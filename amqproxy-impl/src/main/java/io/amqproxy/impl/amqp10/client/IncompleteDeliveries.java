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
 * The memory that the incomplete deliveries of one loop's clients take, with what they have sent and could not be taken
 * yet, and no client more than {@link #mostOfClient}. When it is used up clients that have more than a little of it are
 * not read, but for the one whose delivery began first. While the loop's buffers are nearly used up, for whatever,
 * nobody but the first gets more of it.
 *
 * <p>While others wait nobody holds them up for ever: see {@link IncompletePatience}.
 */
final class IncompleteDeliveries implements Timers.Timed {

    private static final Logger log = LoggerFactory.getLogger(IncompleteDeliveries.class);

    /** What a client has sent that lies in front of its session, since it is half a frame or has to wait for memory. */
    static final class Leftover extends IncompleteSender {

        /** Less is not worth it, and for half a small frame nobody waits. */
        private static final int LITTLE = 4 * 1024;

        private int octets;
        private int counted;

        Leftover(ClientShare share) {
            super(share);
        }

        @Override
        long octets() {
            return octets;
        }
    }

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

    /** The octets of one client's incomplete deliveries are hardly more; it may have an eighth more memory. */
    long mostOfClient() {
        return Math.max(loop.settings.maxMessageSize(), loop.settings.maxIncompleteBytes());
    }

    /** A delivery takes so much more; returns whether its client may have that. */
    boolean grow(IncompleteSender sender, long octets) {
        sender.onGrown(loop.now);
        return add(sender, octets) <= mostOfClient() + mostOfClient() / 8;
    }

    private long add(IncompleteSender sender, long octets) {
        used += octets;
        ClientShare share = sender.share();
        long ofClient = share.addIncomplete(octets);
        senders.add(sender);
        long most = loop.settings.maxIncompleteBytes();
        boolean isTooMuch = used > most && ofClient > IncompletePatience.free(most);
        if ((isTooMuch || isNearlyFull()) && !isFirst(share)) {
            await(share);
            if (isTooMuch) {
                loop.limitReached(
                        LoopContext.Limit.INCOMPLETE, share.client().info().user(), share.client() + " is not read");
            }
        }
        return ofClient;
    }

    /** The session takes what was left. */
    void take(Leftover leftover) {
        used -= leftover.counted;
        leftover.share().addIncomplete(-leftover.counted);
        leftover.counted = 0;
    }

    /** The session leaves so much. What it cannot take as it waits for others is not the client's doing. */
    void leave(Leftover leftover, int left) {
        ClientBackpressure10 waits = leftover.share().backpressure();
        int octets = left <= Leftover.LITTLE || waits.isHeldUp() ? 0 : left;
        if (octets > 0) {
            if (octets != leftover.octets) {
                leftover.onGrown(loop.now);
            }
            leftover.octets = octets;
            leftover.counted = octets;
            add(leftover, octets);
        } else if (leftover.octets > 0) {
            leftover.octets = 0;
            end(leftover, leftover.counted);
            leftover.counted = 0;
        }
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
        return used > loop.settings.maxIncompleteBytes() || isNearlyFull();
    }

    private boolean isNearlyFull() {
        return loop.chunks.isNearlyFull() || loop.chunks.isFull();
    }

    private boolean isFirst(ClientShare client) {
        IncompleteSender first = senders.first();
        return first != null && first.share() == client;
    }

    private void await(ClientShare client) {
        if (waiting.isEmpty()) {
            turn.begin(loop.now);
            loop.timers.set(timer, loop.now + IncompletePatience.LOOK);
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
        } else if (first == null && !loop.chunks.isFull()) {
            ClientShare next = waiting.iterator().next();
            waiting.remove(next);
            next.backpressure().forMemory(false);
        }
    }

    @Override
    public void onTime() {
        if (waiting.isEmpty()) {
            return;
        }
        Set<ClientShare> stuck = new LinkedHashSet<>();
        if (senders.first() != null) {
            turn.onLook(loop.now, senders.first().share().backpressure());
        }
        for (IncompleteSender sender = senders.first(); sender != null; sender = sender.after) {
            if (turn.isStuck(loop, sender.grownAt(), sender.share().backpressure())) {
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
            loop.timers.set(timer, loop.now + IncompletePatience.LOOK);
        }
    }

    @Override
    public void onFault(RuntimeException fault) {
        loop.timers.set(timer, loop.now + IncompletePatience.LOOK);
        loop.lines.error(log, "Looking for deliveries that stand still failed", fault);
    }
}
