package io.amqproxy.impl.pool;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * How many channels the broker lets a user have on all connections together, learnt from a refusal, which costs the
 * connection (RabbitMQ, "Limits" of users: {@code max-channels}). The broker counts late: it answers a close before it
 * counts the channel no more, so that a place that became free is used a little later.
 */
final class BrokerChannelLimit {

    private static final int NONE = Integer.MAX_VALUE;
    private static final long TIME = TimeUnit.MINUTES.toNanos(1);
    /** The same where there is none at all. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);
    /** RabbitMQ 3.10 was seen to count a closed channel for a millisecond, and for longer when it is busy. */
    private static final long SHORTEST_COOLING = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long LONGEST_COOLING = TimeUnit.SECONDS.toNanos(1);

    private record Freed(int count, long until) {}

    private int most = NONE;
    /** For how long a channel that was closed is taken to be counted; longer with every refusal. */
    private long coolingTime = SHORTEST_COOLING / 2;
    /** When one more may be tried for. */
    private long until;
    /** None are opened until then. */
    private long pausedUntil;

    private final ArrayDeque<Freed> cooling = new ArrayDeque<>();
    private int coolingCount;
    /** Whether what is tried for may take the place of one that is no more. */
    private boolean isTrialVoid;

    /**
     * The broker has refused one more than so many.
     *
     * @param told the limit that it named, which may count others' channels; {@code MAX_VALUE} where it named none
     */
    void onRefused(int present, int told, long now) {
        coolingTime = Math.min(2 * coolingTime, LONGEST_COOLING);
        most = told == 0 ? 0 : Math.max(1, Math.min(present, told));
        pausedUntil = now + (present == 0 ? PAUSE : coolingTime);
        until = now + (most == 0 ? PAUSE : TIME);
    }

    /** So many were let to others of the user, who are gone; one more than that may be tried for at once. */
    void onKnown(int known, long now) {
        most = known;
        pausedUntil = now;
        until = now;
    }

    /** So many that there were are no more. */
    void onFreed(int count, long now) {
        if (isKnown() && count > 0) {
            isTrialVoid = true;
            cooling.add(new Freed(count, now + coolingTime));
            coolingCount += count;
        }
    }

    /** One more than is known to be let is tried for, while there are as many as that. */
    void onTrial() {
        isTrialVoid = false;
    }

    /** It was let, or not. */
    void onTried(boolean accepted, long now) {
        if (isKnown()) {
            most += accepted && !isTrialVoid ? 1 : 0;
            until = now + (accepted ? coolingTime : TIME);
        }
    }

    boolean isKnown() {
        return most != NONE;
    }

    int most() {
        return most;
    }

    /** Whether the user may have none, and that was said just now. */
    boolean isNone(long now) {
        if (most == 0 && until - now <= 0) {
            forget();
        }
        return most == 0;
    }

    void forget() {
        most = NONE;
        cooling.clear();
        coolingCount = 0;
    }

    /** How many there may be beside so many. */
    int room(int present, long now) {
        if (!isKnown()) {
            return NONE;
        }
        return pausedUntil - now > 0 ? 0 : Math.max(0, most - present - cooling(now));
    }

    /** How many are still counted by the broker, as far as can be known. */
    int cooling(long now) {
        while (!cooling.isEmpty() && cooling.element().until() - now <= 0) {
            coolingCount -= cooling.remove().count();
        }
        return coolingCount;
    }

    /** How long it takes until there may be more room, if nothing happens; {@code MAX_VALUE} for ever. */
    long untilRoom(long now) {
        if (isKnown() && pausedUntil - now > 0) {
            return pausedUntil - now;
        }
        return cooling(now) == 0 ? Long.MAX_VALUE : cooling.element().until() - now;
    }

    /** Whether it is time to try for one more. */
    boolean mayTry(long now) {
        return isKnown() && most > 0 && until - now <= 0;
    }
}
