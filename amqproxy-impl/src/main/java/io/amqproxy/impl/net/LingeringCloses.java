package io.amqproxy.impl.net;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The connections of one loop whose sessions are over and whose peers have not ended the stream yet. Each waits for a
 * bounded time, and there is a bound to how many wait: one more, and the one that has waited longest is closed.
 */
final class LingeringCloses {

    static final int MOST = 4096;

    private final Set<LoopLink> links = new LinkedHashSet<>();

    void add(LoopLink link) {
        if (links.add(link) && links.size() > MOST) {
            Iterator<LoopLink> oldestFirst = links.iterator();
            oldestFirst.next().close();
        }
    }

    void remove(LoopLink link) {
        links.remove(link);
    }
}
