package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.channel.Amqp091Connection;
import io.amqproxy.impl.amqp091.channel.ClientFlow;
import io.amqproxy.impl.amqp091.channel.ClientFlow.Source;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Settings;
import io.amqproxy.impl.limit.UserQuota;
import io.amqproxy.impl.pool.spi.InboundSession;
import io.amqproxy.impl.pool.spi.Throttle;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What a client that is not read waits for, and whom it keeps waiting: it is read again when nothing is left to wait
 * for.
 */
final class ClientBackpressure implements ClientFlow, ReassemblyBudget.Sender {

    /** Who is told what becomes of it. */
    interface Client {

        /** The client is held back on purpose for this reason, or no longer (null). */
        void onHeldBack(@Nullable String why);

        /** The client has read nothing for long, and its upstream is needed by others. */
        void onUnread();
    }

    private final InboundSession session;
    private final Client client;
    private boolean lease;
    private boolean lastWord;
    private boolean aside;
    private boolean secret;
    private boolean room;
    private boolean memory;
    /** Why publishers are held back, or null; and whether this client is, as it has begun to publish. */
    private @Nullable String alarm;

    private boolean heldBack;
    /** When it was last let go on after it had waited for memory; and for anything. */
    private long memoryAt;

    private long resumedAt;
    /** Octets of its incomplete messages. */
    private long incomplete;
    /** Upstreams that are left unread until the client has read what it was sent. */
    private final ArrayList<Source> unread = new ArrayList<>(0);

    private @Nullable Throttle throttle;

    ClientBackpressure(InboundSession session, Client client, long now) {
        this.session = session;
        this.client = client;
        this.memoryAt = now;
        this.resumedAt = now;
    }

    boolean isWaiting() {
        return memory || isHeldUp();
    }

    /** Whether it waits for the pool, for the broker, or for its user's rate. */
    @Override
    public boolean isHeldUp() {
        return lease || lastWord || aside || secret || room || heldBack || (throttle != null && throttle.isHeld());
    }

    /** Its incomplete messages take so much more; {@return how much they take} */
    @Override
    public long addIncomplete(long octets) {
        incomplete += octets;
        return incomplete;
    }

    /** The client is gone, and holds up nobody. */
    void end() {
        lease = false;
        lastWord = false;
        aside = false;
        secret = false;
        room = false;
        memory = false;
        alarm = null;
        heldBack = false;
        if (throttle != null) {
            throttle.end();
        }
        while (!unread.isEmpty()) {
            unread.remove(unread.size() - 1).onReaderGone(this);
        }
    }

    void forLease(boolean waiting) {
        boolean resumes = lease && !waiting;
        lease = waiting;
        if (resumes) {
            resume();
        }
    }

    /** Stops or goes on taking bytes, while the broker has something to say before a refusal of the proxy. */
    void forLastWord(boolean waiting) {
        boolean resumes = lastWord && !waiting;
        lastWord = waiting;
        if (resumes) {
            resume();
        }
    }

    /** Stops taking bytes while too much waits for an answer of the broker, or may take them again. */
    void forAside(boolean waiting) {
        aside = waiting;
    }

    /** Stops or goes on taking bytes, while the broker is asked about a new secret. */
    void forSecret(boolean waiting) {
        boolean resumes = secret && !waiting;
        secret = waiting;
        if (resumes) {
            resume();
        }
    }

    /** Stops taking bytes until the upstream has room again; returns whether it has none. */
    boolean forRoomIfFull(Amqp091Connection upstream) {
        if (upstream.isFull() && !room && session.isOpen()) {
            room = true;
            upstream.backpressure().tellWhenThereIsRoom(this);
        }
        return room;
    }

    /** Holds the client back from its next publish on, of which it is told, as RabbitMQ does; or no longer (null). */
    void forAlarm(@Nullable String why) {
        alarm = why;
        if (why == null && heldBack) {
            heldBack = false;
            client.onHeldBack(null);
            resume();
        }
    }

    /** Stops taking bytes at a publish while there is an alarm; returns whether there is. */
    boolean holdsBack() {
        String why = alarm;
        if (why != null && !heldBack && session.isOpen()) {
            heldBack = true;
            client.onHeldBack(why);
        }
        return heldBack;
    }

    @Override
    public void onRoom() {
        if (room) {
            room = false;
            resume();
        }
    }

    /** Stops taking bytes until {@link ReassemblyBudget} has memory for more; returns whether it waits only now. */
    @Override
    public boolean forMemory() {
        boolean begins = !memory && (session.isOpen() || session.isInHandshake());
        memory |= begins;
        return begins;
    }

    @Override
    public boolean isForMemory() {
        return memory;
    }

    /** There is memory; returns whether this client waited for it. */
    @Override
    public boolean onMemory() {
        if (!memory) {
            return false;
        }
        memory = false;
        memoryAt = session.loop().now;
        resume();
        return true;
    }

    /** The client sends no faster than its part of this allows; {@code onEnd} gives that part back. */
    void share(UserQuota allowance, Runnable onEnd) {
        throttle = new Throttle(session, allowance, this::resume, onEnd);
    }

    void countMessage() {
        if (throttle != null) {
            throttle.countMessage();
        }
    }

    /** So many octets of the client were taken. */
    void onTaken(int octets) {
        if (throttle != null) {
            throttle.onTaken(octets);
        }
    }

    private void resume() {
        resumedAt = session.loop().now;
        session.readAgain();
    }

    /** When the client was last let go on after it had waited for memory. */
    @Override
    public long memoryAt() {
        return memoryAt;
    }

    /** When the client was last read again after it had not been read. */
    @Override
    public long resumedAt() {
        return resumedAt;
    }

    /** This upstream is left unread until the client has read what it was sent. */
    @Override
    public void catchUpFor(Source upstream) {
        unread.add(upstream);
    }

    /** The upstream is over, or read again. */
    @Override
    public void forget(Source upstream) {
        unread.remove(upstream);
    }

    @Override
    public long unread() {
        return session.out().size();
    }

    @Override
    public long takenAt() {
        return session.takenAt();
    }

    @Override
    public void onUnread() {
        client.onUnread();
    }

    @Override
    public void flush() {
        session.flush();
    }

    /** Whether the client has not read so much that an upstream of its own waits for it. */
    boolean isBehind() {
        return session.out().size() > Settings.OWNED_BACKLOG;
    }

    void onSent() {
        for (int i = unread.size() - 1; i >= 0; i--) {
            if (unread.get(i).goesOnFor(this)) {
                unread.remove(i);
            }
        }
    }

    @Override
    public void close(CloseCause why) {
        session.close(why);
    }

    @Override
    public @Nullable String user() {
        return session.info().user();
    }

    @Override
    public String toString() {
        return session.toString();
    }
}
