package io.amqproxy.impl.pool.spi;

import io.amqproxy.impl.core.IncompletePatience;
import io.amqproxy.impl.limit.UserQuota;
import org.jspecify.annotations.Nullable;

/**
 * What a client that is not read waits for, whatever protocol it speaks: it is read again when nothing is left to wait
 * for.
 */
public abstract class InboundBackpressure implements IncompletePatience.Sender {

    private final InboundSession client;
    private boolean lease;
    private boolean room;
    private boolean memory;
    private @Nullable Throttle throttle;
    /** When it was last let go on after it had waited for memory; and for anything that is not its own doing. */
    private long memoryAt;

    private long resumedAt;

    protected InboundBackpressure(InboundSession client) {
        this.client = client;
        this.memoryAt = client.loop().now;
        this.resumedAt = memoryAt;
    }

    protected final InboundSession client() {
        return client;
    }

    /** Whether it waits for the pool, for the broker, or for its user's rate. */
    @Override
    public boolean isHeldUp() {
        return lease || room || (throttle != null && throttle.isHeld());
    }

    @Override
    public final boolean isForMemory() {
        return memory;
    }

    @Override
    public final long memoryAt() {
        return memoryAt;
    }

    @Override
    public final long resumedAt() {
        return resumedAt;
    }

    protected final void resume() {
        resumedAt = client.loop().now;
        client.readAgain();
    }

    /** The client is gone, or takes leave, and waits for nothing. */
    public void end() {
        lease = false;
        room = false;
        memory = false;
        if (throttle != null) {
            throttle.end();
            throttle = null;
        }
    }

    /** Stops or goes on taking bytes, while something of the client waits for a lease. */
    public final void forLease(boolean waiting) {
        boolean resumes = lease && !waiting;
        lease = waiting;
        if (resumes) {
            resume();
        }
    }

    /** Stops taking bytes until {@link #onRoom}. */
    protected final void awaitRoom() {
        room = true;
    }

    protected final boolean isForRoom() {
        return room;
    }

    /** A connection to the broker has room for more, or a session there may go on. */
    public final void onRoom() {
        if (room) {
            room = false;
            resume();
        }
    }

    /** Stops taking bytes until {@link #onMemory}. */
    protected final void awaitMemory() {
        memory = true;
    }

    /**
     * There is memory.
     *
     * @return whether this client waited for it
     */
    public final boolean onMemory() {
        if (!memory) {
            return false;
        }
        memory = false;
        memoryAt = client.loop().now;
        resume();
        return true;
    }

    /** The client sends no faster than its part of this allows; {@code onEnd} gives that part back. */
    public final void share(UserQuota allowance, Runnable onEnd) {
        throttle = new Throttle(client, allowance, this::resume, onEnd);
    }

    /** The client has sent a message. */
    public final void countMessage() {
        if (throttle != null) {
            throttle.countMessage();
        }
    }

    /** So many octets of the client were taken. */
    public final void onTaken(int octets) {
        if (throttle != null) {
            throttle.onTaken(octets);
        }
    }
}
