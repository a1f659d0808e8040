package io.amqproxy.impl.tls;

import java.time.Duration;
import java.time.Instant;
import java.util.IdentityHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of certificates that end soon, of each once a day, and of another one at once. Of one thread. */
final class ExpiryNotice {

    static final Duration SOON = Duration.ofDays(14);
    static final Duration APART = Duration.ofDays(1);

    private static final Logger log = LoggerFactory.getLogger(ExpiryNotice.class);

    private record Told(Instant end, Instant at) {}

    private final IdentityHashMap<Reloadable, Told> told = new IdentityHashMap<>();

    void look(Reloadable one, Instant now) {
        Instant end = one.notAfter();
        if (end == null || end.isAfter(now.plus(SOON))) {
            return;
        }
        Told last = told.get(one);
        if (last != null && last.end().equals(end) && last.at().plus(APART).isAfter(now)) {
            return;
        }
        told.put(one, new Told(end, now));
        if (end.isBefore(now)) {
            log.warn("The certificate for {} ended at {}", one.purpose(), end);
        } else {
            log.warn("The certificate for {} ends at {}, in less than {} days", one.purpose(), end, days(now, end));
        }
    }

    private static long days(Instant now, Instant end) {
        return Duration.between(now, end).toDays() + 1;
    }
}
