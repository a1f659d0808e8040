package io.amqproxy.impl.pool;

import java.util.concurrent.TimeUnit;

/**
 * How many connections the broker lets a pool have, learnt from a refusal: limits of users and vhosts (RabbitMQ,
 * "Limits" of virtual hosts and users; hosted plans) are told by the refusal only, and others take their part of them.
 * One more is tried for after a while.
 */
final class BrokerConnectionLimit {

    private static final int NONE = Integer.MAX_VALUE;
    private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(1);
    /** After the first refusal, as connections that are being closed may have taken the place; then twice as long. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

    private int most = NONE;
    private long pause = PAUSE;
    private long until;

    /** The broker has refused one more than so many. */
    void onRefused(int present, long now) {
        most = present;
        until = now + (present == 0 ? PAUSE : pause);
        pause = Math.min(LONGEST_PAUSE, 2 * pause);
    }

    /** The broker has accepted one, so that there are so many. */
    void onAccepted(int present) {
        if (present > most) {
            forget();
        }
    }

    void forget() {
        most = NONE;
        pause = PAUSE;
    }

    boolean isKnown() {
        return most != NONE;
    }

    /** How many there may be beside so many, for all that is known; one more than is known when that was long ago. */
    int room(int present, long now) {
        if (most == NONE) {
            return NONE;
        }
        return most - present + (until - now <= 0 ? 1 : 0);
    }

    /** Whether no more than this is known to be let. */
    boolean isReached(int present) {
        return present >= most;
    }
}
