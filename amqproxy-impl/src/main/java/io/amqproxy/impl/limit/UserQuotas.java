package io.amqproxy.impl.limit;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The allowances of one loop's users and vhosts. One whose clients have left is kept until its rates are paid, so that
 * connecting anew does not help; nobody gets one who did not log in.
 */
public final class UserQuotas {

    private static final int SWEEP = 256;

    private record Key(String user, String vhost) {}

    private Limits limits;
    private final Map<Key, UserQuota> allowances = new HashMap<>();
    private int entries;

    public UserQuotas(Limits limits) {
        this.limits = limits;
    }

    /** Other limits hold from now on, for users who have clients too. */
    public void reload(Limits newer, long now) {
        limits = newer;
        allowances.values().forEach(allowance -> allowance.reload(newer, now));
    }

    /** {@return whether there is anything to share} */
    public boolean isNeeded() {
        return limits.clientsPerUser() > 0 || limits.messagesPerSecond() > 0 || limits.bytesPerSecond() > 0;
    }

    /** {@return what one more client shares, or null if there may be no more} */
    public @Nullable UserQuota enter(String user, String vhost, long now) {
        if (++entries % SWEEP == 0) {
            allowances.values().removeIf(allowance -> allowance.isUnused(now));
        }
        UserQuota allowance = allowances.computeIfAbsent(new Key(user, vhost), key -> new UserQuota(limits, now));
        return allowance.enter() ? allowance : null;
    }

    public void leave(UserQuota allowance, String user, String vhost, long now) {
        allowance.leave();
        if (allowance.isUnused(now)) {
            allowances.remove(new Key(user, vhost), allowance);
        }
    }

    public int size() {
        return allowances.size();
    }
}
