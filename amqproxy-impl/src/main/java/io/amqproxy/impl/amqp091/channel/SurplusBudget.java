package io.amqproxy.impl.amqp091.channel;

import java.util.concurrent.TimeUnit;

/** How much of what went back to the broker may come again for a client, over all of its channels. */
public final class SurplusBudget {

    /** What has not come after so long went to other consumers. */
    static final long WAY_BACK = TimeUnit.SECONDS.toNanos(1);

    private long underWay;
    private long since;
    private long reach;

    /** {@return octets of messages that were given back and may come again} */
    long underWay(long now) {
        return now - since > WAY_BACK ? 0 : underWay;
    }

    /** A message of so many octets is given back. */
    void onGivenBack(long octets, long now) {
        underWay = underWay(now) + octets;
        since = now;
    }

    /** A message that was delivered before has come. */
    void onCameAgain(long octets) {
        underWay = Math.max(0, underWay - octets);
    }

    /**
     * Whether a client that has left so much unread may get the rest of a message that has begun, or what cannot be
     * given back, while others are in a hurry: so much more than when they began to be.
     */
    boolean reaches(long unread, long more) {
        if (reach == 0) {
            reach = unread + more;
        }
        return unread <= reach;
    }

    /** The client has no more unread than it may have. */
    public void onRoom() {
        reach = 0;
    }
}
