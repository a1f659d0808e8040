package io.amqproxy.impl.fault;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What messages of one client name that are not settled yet, by channel and tag: exchanges, routing keys and more. What
 * there was before somebody wanted to know is not known; its tags are lower.
 */
final class NamesByTag {

    /** Of more of one client the oldest of the channel is known no more. */
    private static final int MOST = 10_000;
    /** About the memory that one takes. */
    private static final int SUBSTANCE = 512;

    /** The messages of one channel. */
    final class OfChannel {
        private final NavigableMap<Long, List<String>> byTag = new TreeMap<>();
        /** The newest tag of which nothing is known, or 0 where there is none that is not confirmed. */
        private long unknown;

        private OfChannel(long before) {
            unknown = before;
        }

        /** {@return the tags that are known and settled by this, in order} */
        List<Long> settled(long tag, boolean isMultiple) {
            if (!isMultiple) {
                return byTag.containsKey(tag) ? List.of(tag) : List.of();
            }
            return List.copyOf((tag == 0 ? byTag : byTag.headMap(tag, true)).keySet());
        }

        /** {@return what the message names, of which nothing is known any more} */
        List<String> take(long tag) {
            List<String> names = byTag.remove(tag);
            if (names == null) {
                return List.of();
            }
            messages--;
            return names;
        }

        /** {@return up to which tag messages are confirmed of which nothing is known, 0 for none; once} */
        long takeUnknown() {
            long had = unknown;
            unknown = 0;
            return had;
        }
    }

    private final Map<Integer, OfChannel> byChannel = new HashMap<>();
    /** Of all channels. */
    private int messages;

    void add(int channel, long tag, List<String> names) {
        OfChannel own = byChannel.computeIfAbsent(channel, number -> new OfChannel(tag - 1));
        if (own.byTag.put(tag, names) == null) {
            messages++;
        }
        if (messages > MOST) {
            own.unknown = own.byTag.pollFirstEntry().getKey();
            messages--;
        }
    }

    @Nullable
    OfChannel of(int channel) {
        return byChannel.get(channel);
    }

    void forget(int channel) {
        OfChannel own = byChannel.remove(channel);
        messages -= own == null ? 0 : own.byTag.size();
    }

    void forgetAll() {
        byChannel.clear();
        messages = 0;
    }

    long heldBytes() {
        return ((long) byChannel.size() + messages) * SUBSTANCE;
    }
}
