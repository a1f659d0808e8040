package io.amqproxy.impl.limit;

import org.jspecify.annotations.Nullable;

/** What all clients of one user and vhost share. */
public final class UserQuota {

    private Limits limits;
    private @Nullable RateLimiter messages;
    private @Nullable RateLimiter bytes;
    private int clients;

    UserQuota(Limits limits, long now) {
        this.limits = limits;
        this.messages = rate(limits.messagesPerSecond(), now);
        this.bytes = rate(limits.bytesPerSecond(), now);
    }

    private static @Nullable RateLimiter rate(long perSecond, long now) {
        return perSecond == 0 ? null : new RateLimiter(perSecond, now);
    }

    /** What has not changed goes on as it was. */
    void reload(Limits newer, long now) {
        if (newer.messagesPerSecond() != limits.messagesPerSecond()) {
            messages = rate(newer.messagesPerSecond(), now);
        }
        if (newer.bytesPerSecond() != limits.bytesPerSecond()) {
            bytes = rate(newer.bytesPerSecond(), now);
        }
        limits = newer;
    }

    boolean enter() {
        if (limits.clientsPerUser() > 0 && clients >= limits.clientsPerUser()) {
            return false;
        }
        clients++;
        return true;
    }

    void leave() {
        clients--;
    }

    /** {@return whether a new one would be the same} */
    boolean isUnused(long now) {
        return clients == 0 && (messages == null || messages.isPaid(now)) && (bytes == null || bytes.isPaid(now));
    }

    /**
     * Counts what came of one client.
     *
     * @return for how many nanoseconds it is not to be read
     */
    public long take(long newMessages, long newBytes, long now) {
        long wait = messages == null ? 0 : messages.take(newMessages, now);
        return bytes == null ? wait : Math.max(wait, bytes.take(newBytes, now));
    }
}
