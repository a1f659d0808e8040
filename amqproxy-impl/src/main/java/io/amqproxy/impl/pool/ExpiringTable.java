package io.amqproxy.impl.pool;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of peers for a while. It is bounded in number and in time: what was put longest ago makes room, and
 * goes when its time is over. Keys are to have a fixed size, whatever peers call themselves, so that the table is
 * bounded in octets too.
 */
final class ExpiringTable<K, V> {

    private record Entry<V>(V value, long putAt) {}

    private final int capacity;
    private final long time;
    /** In the order in which they were put. */
    private final Map<K, Entry<V>> entries = new LinkedHashMap<>();

    /** @param time nanoseconds after which an entry is forgotten */
    ExpiringTable(int capacity, long time) {
        this.capacity = capacity;
        this.time = time;
    }

    @Nullable
    V get(K key, long now) {
        Entry<V> entry = entries.get(key);
        return entry == null || isOver(entry, now) ? null : entry.value();
    }

    /** The entry is the newest from now on. */
    void put(K key, V value, long now) {
        entries.remove(key);
        entries.put(key, new Entry<>(value, now));
        forget(now);
        if (entries.size() > capacity) {
            Iterator<K> oldestFirst = entries.keySet().iterator();
            oldestFirst.next();
            oldestFirst.remove();
        }
    }

    void remove(K key) {
        entries.remove(key);
    }

    /** Drops those whose time is over. */
    void forget(long now) {
        Iterator<Entry<V>> oldestFirst = entries.values().iterator();
        while (oldestFirst.hasNext() && isOver(oldestFirst.next(), now)) {
            oldestFirst.remove();
        }
    }

    private boolean isOver(Entry<V> entry, long now) {
        return now - entry.putAt() >= time;
    }

    int size() {
        return entries.size();
    }
}
