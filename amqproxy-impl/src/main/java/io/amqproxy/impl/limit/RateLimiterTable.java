package io.amqproxy.impl.limit;

import java.util.LinkedHashMap;
import java.util.Map;

/** A rate for each address. The table is bounded: the address that came longest ago is forgotten first. */
public final class RateLimiterTable {

    private final int perSecond;
    private final Map<AddressKey, RateLimiter> rates;

    /** @param perSecond 0 for no limit */
    public RateLimiterTable(int perSecond, int capacity) {
        this.perSecond = perSecond;
        this.rates = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<AddressKey, RateLimiter> eldest) {
                return size() > capacity;
            }
        };
    }

    /** {@return whether this address may have one more now} */
    public boolean tryTake(AddressKey address, long now) {
        return perSecond == 0
                || rates.computeIfAbsent(address, key -> new RateLimiter(perSecond, now))
                        .tryTake(now);
    }

    public int size() {
        return rates.size();
    }
}
