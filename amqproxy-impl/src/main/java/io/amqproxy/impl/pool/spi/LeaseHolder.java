package io.amqproxy.impl.pool.spi;

import io.amqproxy.LeaseRequest.Purpose;
import org.jspecify.annotations.Nullable;

/** What of a client gets a {@link Slot}: a channel of AMQP 0-9-1, a session of 1.0. */
public interface LeaseHolder {

    InboundSession session();

    /** {@return what tells it from what else the client has} */
    int number();

    /** The slot that it has, or null. */
    @Nullable
    Slot slot();

    /** Whether a slot on which something is set up already may suit it better than a plain one. */
    boolean wantsPrepared();

    /** Whether it wants what was set up on this slot, which is prepared and of the holder's protocol. */
    boolean wants(Slot prepared);

    /** Whether only a connection will do that introduces itself as the client does, and is that client's alone. */
    default boolean needsOwnConnection() {
        return false;
    }

    /** Whether another one does as well where no connection of its own may be opened. */
    default boolean maySettleForOthers() {
        return false;
    }

    /** Whether it has to be where other slots of the client are, if there are any, whatever it is for. */
    default boolean belongsWithOthers() {
        return false;
    }

    /** What it waited for at the broker is done. */
    void goOn();

    /** The lease that it has, or gets, is right for this purpose. */
    void onPlaced(Purpose purpose);

    /** A lease that may end without notice ends, to begin elsewhere. */
    void moveAway();

    /** The lease of this slot, which is idle and of the holder's protocol, begins. */
    void onLeased(Slot slot);
}
