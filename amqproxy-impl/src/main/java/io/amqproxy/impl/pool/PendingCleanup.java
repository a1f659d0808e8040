package io.amqproxy.impl.pool;

import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What clients that are gone have left at the broker until their channels are closed there: consumers, which keep
 * queues from being deleted or from being consumed exclusively, and messages that are not settled. A client that is cut
 * off and comes back at once would come upon that on another connection, as it never does without a proxy; so its first
 * lease waits for what those from the same host left that came before it. One that stays is not held up, nor is anybody
 * for longer than {@link #LONGEST}.
 */
final class PendingCleanup {

    /** The broker may not answer for long where it holds a connection back. */
    static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private record Left(Slot channel, InboundSession client, long since) {
        boolean isOver(long now) {
            return channel.state() == Slot.State.CLOSED || now - since >= LONGEST;
        }

        boolean concerns(PoolMember member) {
            return client.id() < member.session().id()
                    && since - member.waitingSince <= 0
                    && host(client).equals(host(member.session()));
        }

        private static String host(InboundSession client) {
            return client.info().address().getHostString();
        }
    }

    /** No more than there are channels. */
    private final List<Left> all = new ArrayList<>(0);

    /** A client that is gone has left something on the channel, which is about to be closed. */
    void add(Slot channel, InboundSession client, long now) {
        all.removeIf(one -> one.isOver(now));
        all.add(new Left(channel, client, now));
    }

    /** Whether the member comes too early. */
    boolean concerns(PoolMember member, long now) {
        if (member.wasServed || all.isEmpty()) {
            return false;
        }
        all.removeIf(one -> one.isOver(now));
        return all.stream().anyMatch(one -> one.concerns(member));
    }
}
