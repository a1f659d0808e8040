package io.amqproxy.impl.pool;

import io.amqproxy.Release.Reason;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.pool.spi.Slot;

/**
 * Whether what one client had of a connection may serve the next one, all rules in one place. The order counts: the
 * first that says no is told as the reason; its age is told only where nothing was left.
 *
 * <ol>
 *   <li>The broker has to know the barrier behind which it may serve again.
 *   <li>The connection is to go on: it is neither too old nor being replaced.
 *   <li>It has not served for so long that the broker may still go by rights that the user no longer has.
 *   <li>There are no more idle ones than the pool keeps.
 *   <li>Its client left nothing there, as its protocol counts ({@link Slot#leftover}): consumers, unsettled messages, a
 *       transaction, a stopped flow.
 * </ol>
 *
 * <p>What the protocol itself sees to: confirm mode, which cannot be left, is for clients that want it; prefetch limits
 * are set anew for each lease; numbers and tags are counted from where the lease began.
 */
final class ReuseRules {

    private final IdleChannels idle;
    private final PendingFences fences;

    ReuseRules(IdleChannels idle, PendingFences fences) {
        this.idle = idle;
        this.fences = fences;
    }

    /** {@return why it must not serve again, {@code CLEAN} where it may} */
    Reason whyNot(Slot slot, boolean isFenceRefused, boolean isRetired, LoopContext loop) {
        if (isFenceRefused) {
            return Reason.NO_FENCE;
        }
        if (isRetired) {
            return Reason.RETIRED;
        }
        Reason left = slot.leftover();
        boolean isAged = idle.isAged(slot, loop.settings.maxChannelAge(), loop.now);
        if (isAged && left == Reason.CLEAN) {
            return Reason.AGED;
        }
        boolean isSurplus = idle.count() + fences.released() >= loop.settings.maxIdleChannels();
        return isSurplus ? Reason.SURPLUS : left;
    }
}
