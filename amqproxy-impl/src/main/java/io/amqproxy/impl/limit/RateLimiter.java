package io.amqproxy.impl.limit;

import java.util.concurrent.TimeUnit;

/**
 * So many units a second, and those of one second at once: the generic cell rate algorithm (ITU-T I.371, annex A),
 * which is a token bucket that needs one number. Time is given in nanoseconds and compared by difference.
 */
public final class RateLimiter {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final long perSecond;
    /** When all that was taken is paid for. */
    private long paidAt;

    /** @param perSecond at least 1 */
    public RateLimiter(long perSecond, long now) {
        this.perSecond = perSecond;
        this.paidAt = now;
    }

    /**
     * Takes units, more than there are if need be.
     *
     * @return the nanoseconds to wait before the next are taken, or 0
     */
    public long take(long units, long now) {
        paidAt = begin(now) + price(units);
        return Math.max(0, paidAt - SECOND - now);
    }

    /** {@return nanoseconds until one unit can be taken, or 0} */
    public long untilNext(long now) {
        return Math.max(0, begin(now) + price(1) - SECOND - now);
    }

    /**
     * Takes one unit if there is one.
     *
     * @return whether there was
     */
    public boolean tryTake(long now) {
        if (untilNext(now) > 0) {
            return false;
        }
        take(1, now);
        return true;
    }

    /** {@return whether it is as if nothing had ever been taken} */
    public boolean isPaid(long now) {
        return paidAt - now <= 0;
    }

    private long begin(long now) {
        return paidAt - now > 0 ? paidAt : now;
    }

    private long price(long units) {
        return units / perSecond * SECOND + units % perSecond * SECOND / perSecond;
    }
}
