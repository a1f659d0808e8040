package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.faults.FaultScope;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Clients that are held as by a broker in an alarm. Who is held by several alarms goes on after the last of them. */
final class Alarms {

    /** One alarm. All loops use it, each for its own clients. */
    static final class Alarm {
        private final String reason;
        private final FaultScope.Occurrences occurrences;
        private final Set<Long> held = ConcurrentHashMap.newKeySet();
        private final Set<Long> unread = ConcurrentHashMap.newKeySet();

        Alarm(String reason, FaultScope.Occurrences occurrences) {
            this.reason = reason;
            this.occurrences = occurrences;
        }

        /** Whether it is for this connection; asked once. */
        boolean happens(InboundSession client) {
            return occurrences.happens(client.info(), 0, client.names());
        }

        /** Whether this client is not read at all, as its session cannot tell a publish. */
        boolean leavesUnread(ClientInfo client) {
            return unread.contains(client.id());
        }

        boolean holds(ClientInfo client) {
            return held.contains(client.id());
        }
    }

    private final List<Alarm> alarms = new CopyOnWriteArrayList<>();

    Alarm begin(String reason, FaultScope.Occurrences occurrences) {
        Alarm alarm = new Alarm(reason, occurrences);
        alarms.add(alarm);
        return alarm;
    }

    /** The alarm holds nobody any more who is let go from now on. */
    void end(Alarm alarm) {
        alarms.remove(alarm);
    }

    /** Whether one of them leaves this client unread. */
    boolean leaveUnread(InboundSession client) {
        for (Alarm alarm : alarms) {
            if (alarm.leavesUnread(client.info())) {
                return true;
            }
        }
        return false;
    }

    /** On the client's loop. */
    void hold(Alarm alarm, InboundSession client) {
        if (!alarm.happens(client)) {
            return;
        }
        alarm.held.add(client.id());
        if (!client.holdPublishing(alarm.reason)) {
            alarm.unread.add(client.id());
        }
    }

    /** After the alarm's end, on the client's loop. */
    void letGo(Alarm alarm, InboundSession client) {
        if (!alarm.holds(client.info())) {
            return;
        }
        String reason = null;
        for (Alarm other : alarms) {
            reason = other.holds(client.info()) ? other.reason : reason;
        }
        client.holdPublishing(reason);
    }
}
