package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.core.IncompleteMessage;
import io.amqproxy.impl.core.IncompleteMessages;
import io.amqproxy.impl.core.IncompletePatience;
import io.amqproxy.impl.core.Leftover;
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

    private final LoopContext loop;
    private final Timers.Timer timer = new Timers.Timer(this);
    /** Who sends one, in the order in which they began. */
    private final IncompleteMessages<ClientShare> senders = new IncompleteMessages<>();

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

    /**
     * A delivery takes so much more.
     *
     * @return whether its client may have that
     */
    boolean grow(IncompleteMessage<ClientShare> message, long octets) {
        message.onGrown(loop.now);
        return add(message, octets) <= mostOfClient() + mostOfClient() / 8;
    }

    private long add(IncompleteMessage<ClientShare> message, long octets) {
        used += octets;
        ClientShare share = message.sender();
        long ofClient = share.addIncomplete(octets);
        senders.add(message);
        long most = loop.settings.maxIncompleteBytes();
        boolean isTooMuch = used > most && ofClient > IncompletePatience.free(most);
        if ((isTooMuch || isNearlyFull()) && !isFirst(share)) {
            await(share);
            if (isTooMuch) {
                loop.limitReached(LoopContext.Limit.INCOMPLETE, share.client().info(), share.client() + " is not read");
            }
        }
        return ofClient;
    }

    /** The session takes what was left. */
    void take(Leftover<ClientShare> leftover) {
        long had = leftover.uncount();
        used -= had;
        leftover.sender().addIncomplete(-had);
    }

    /** The session leaves so much. What it cannot take as it waits for others is not the client's doing. */
    void leave(Leftover<ClientShare> leftover, int left) {
        boolean wasAny = leftover.octets() > 0;
        boolean isOther = leftover.leave(leftover.sender().backpressure().isHeldUp() ? 0 : left);
        if (leftover.octets() > 0) {
            if (isOther) {
                leftover.onGrown(loop.now);
            }
            add(leftover, leftover.countGrowth());
        } else if (wasAny) {
            end(leftover, leftover.uncount());
        }
    }

    /** A client has sent something; while there are no buffers it waits with the rest. */
    void onTaken(ClientShare client) {
        if (loop.chunks.isFull() && !isFirst(client)) {
            await(client);
        }
    }

    /** A delivery, which took so much, is complete or dropped. */
    void end(IncompleteMessage<ClientShare> message, long octets) {
        used -= octets;
        message.sender().addIncomplete(-octets);
        senders.remove(message);
        turn.end(message);
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
        IncompleteMessage<ClientShare> first = senders.first();
        return first != null && first.sender() == client;
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
        IncompleteMessage<ClientShare> first = senders.first();
        if (first != null && waiting.remove(first.sender())) {
            first.sender().backpressure().forMemory(false);
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
            turn.onLook(loop.now, senders.first().sender().backpressure());
        }
        for (IncompleteMessage<ClientShare> sender = senders.first(); sender != null; sender = sender.next()) {
            if (turn.isStuck(loop, sender.grownAt(), sender.sender().backpressure())) {
                stuck.add(sender.sender());
            }
        }
        IncompleteMessage<ClientShare> first = senders.first();
        if (first != null
                && turn.isSlow(loop.now, first, first.octets(), first.sender().backpressure())) {
            stuck.add(first.sender());
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
