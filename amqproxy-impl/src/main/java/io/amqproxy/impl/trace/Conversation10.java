package io.amqproxy.impl.trace;

import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.codec.Terminus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What both directions of an AMQP 1.0 connection together say of a performative: that a transfer towards the broker
 * comes behind the end of its link, session or connection, which nobody takes any more, and that a disposition is of
 * what was said to a coordinator of transactions (part 4, section 4.1), which is no message. Of sessions and links
 * whose begin and attach were not seen nothing is said.
 *
 * <p>Who is nearer to the client opens sessions and links, and the other peer answers, each by its own numbers.
 */
final class Conversation10 {

    /** An argument of transfers that nobody takes. */
    static final String DROPPED = "dropped";
    /** An argument of dispositions of what was said to a coordinator. */
    static final String COORDINATOR = "coordinator";

    /** More sessions, links, or deliveries to coordinators of a connection are not remembered. */
    private static final int MOST = 4096;

    private final Map<Integer, SeenSession> opened = new HashMap<>();
    private final Map<Integer, SeenSession> answered = new HashMap<>();
    private final List<SeenSession> unanswered = new ArrayList<>();
    /** Deliveries to coordinators that are not settled, by the opener's channel and their ids. */
    private final Set<Long> coordinated = new LinkedHashSet<>();

    private boolean isClosed;
    private int sessions;
    private int links;
    /** Links to coordinators that there were. */
    private int coordinators;

    private static final class SeenSession {
        final int channel;
        final Map<Integer, SeenLink> opened = new HashMap<>();
        final Map<Integer, SeenLink> answered = new HashMap<>();
        final List<SeenLink> unanswered = new ArrayList<>();
        int links;
        boolean isLeft;
        boolean isEnded;

        SeenSession(int channel) {
            this.channel = channel;
        }
    }

    private static final class SeenLink {
        final @Nullable String name;
        final boolean isReceiver;
        final boolean isToCoordinator;
        boolean isLeft;
        boolean isDetached;

        SeenLink(Performative attach) {
            this.name = attach.text(Performative.ATTACH_NAME);
            this.isReceiver = attach.bool(Performative.ATTACH_ROLE);
            this.isToCoordinator = Terminus.isCoordinator(attach, Performative.ATTACH_TARGET);
        }

        boolean isAnsweredBy(Performative attach) {
            return name != null
                    && name.equals(attach.text(Performative.ATTACH_NAME))
                    && isReceiver != attach.bool(Performative.ATTACH_ROLE);
        }
    }

    /** {@return whether {@link #onPerformative} has to be told of performatives of that type} */
    boolean isNeeded(CompositeType type) {
        return switch (type) {
            case BEGIN, END, ATTACH, DETACH, CLOSE -> true;
            case TRANSFER -> coordinators > 0;
            case DISPOSITION -> !coordinated.isEmpty();
            default -> false;
        };
    }

    /** {@return the argument that this has besides its fields, or null for none} */
    @Nullable
    String onPerformative(boolean isTowardsBroker, Performative read, int channel) {
        return isTowardsBroker ? onOpened(read, channel) : onAnswered(read, channel);
    }

    private @Nullable String onOpened(Performative read, int channel) {
        SeenSession session = opened.get(channel);
        switch (read.type()) {
            case BEGIN -> begin(channel);
            case END -> leave(channel);
            case ATTACH -> attach(session, read);
            case DETACH -> detach(session, read.uint(Performative.DETACH_HANDLE, 0));
            case TRANSFER -> {
                return isTaken(session, read) ? null : DROPPED;
            }
            default -> {}
        }
        return null;
    }

    private @Nullable String onAnswered(Performative read, int channel) {
        SeenSession session = answered.get(channel);
        switch (read.type()) {
            case BEGIN -> answerBegin(read.ushort(Performative.BEGIN_REMOTE_CHANNEL, -1), channel);
            case END -> answerEnd(channel);
            case ATTACH -> answerAttach(session, read);
            case DETACH -> answerDetach(session, read.uint(Performative.DETACH_HANDLE, 0));
            case CLOSE -> isClosed = true;
            case DISPOSITION -> {
                return session != null && isOfCoordinator(session, read) ? COORDINATOR : null;
            }
            default -> {}
        }
        return null;
    }

    private void begin(int channel) {
        leave(channel);
        coordinated.removeIf(key -> key >>> Integer.SIZE == channel);
        if (sessions < MOST) {
            sessions++;
            SeenSession session = new SeenSession(channel);
            opened.put(channel, session);
            unanswered.add(session);
        }
    }

    /** Sessions that begin on one channel after another are answered in that order. */
    private void answerBegin(int remote, int channel) {
        for (Iterator<SeenSession> waiting = unanswered.iterator(); waiting.hasNext(); ) {
            SeenSession session = waiting.next();
            if (session.channel == remote) {
                waiting.remove();
                answerEnd(channel);
                answered.put(channel, session);
                return;
            }
        }
    }

    private void leave(int channel) {
        SeenSession session = opened.remove(channel);
        if (session != null) {
            session.isLeft = true;
            forgetEnded(session);
        }
    }

    private void answerEnd(int channel) {
        SeenSession session = answered.remove(channel);
        if (session != null) {
            session.isEnded = true;
            forgetEnded(session);
        }
    }

    private void forgetEnded(SeenSession session) {
        if (session.isLeft && session.isEnded) {
            sessions--;
            links -= session.links;
            session.links = 0;
        }
    }

    private void attach(@Nullable SeenSession session, Performative attach) {
        int handle = attach.uint(Performative.ATTACH_HANDLE, 0);
        detach(session, handle);
        if (session != null && links < MOST) {
            SeenLink link = new SeenLink(attach);
            links++;
            coordinators += link.isToCoordinator ? 1 : 0;
            session.links++;
            session.opened.put(handle, link);
            session.unanswered.add(link);
        }
    }

    private void answerAttach(@Nullable SeenSession session, Performative attach) {
        if (session == null) {
            return;
        }
        for (Iterator<SeenLink> waiting = session.unanswered.iterator(); waiting.hasNext(); ) {
            SeenLink link = waiting.next();
            if (link.isAnsweredBy(attach)) {
                int handle = attach.uint(Performative.ATTACH_HANDLE, 0);
                waiting.remove();
                answerDetach(session, handle);
                session.answered.put(handle, link);
                return;
            }
        }
    }

    private void detach(@Nullable SeenSession session, int handle) {
        SeenLink link = session == null ? null : session.opened.remove(handle);
        if (session != null && link != null) {
            link.isLeft = true;
            forgetDetached(session, link);
        }
    }

    private void answerDetach(@Nullable SeenSession session, int handle) {
        SeenLink link = session == null ? null : session.answered.remove(handle);
        if (session != null && link != null) {
            link.isDetached = true;
            forgetDetached(session, link);
        }
    }

    private void forgetDetached(SeenSession session, SeenLink link) {
        if (link.isLeft && link.isDetached && session.links > 0) {
            links--;
            session.links--;
        }
    }

    private boolean isTaken(@Nullable SeenSession session, Performative transfer) {
        SeenLink link = session == null ? null : session.opened.get(transfer.uint(Performative.TRANSFER_HANDLE, 0));
        if (session != null
                && link != null
                && link.isToCoordinator
                && transfer.has(Performative.TRANSFER_DELIVERY_ID)) {
            if (coordinated.size() == MOST) {
                coordinated.remove(coordinated.iterator().next());
            }
            coordinated.add(key(session, transfer.uint(Performative.TRANSFER_DELIVERY_ID, 0)));
        }
        return !isClosed && (session == null || !session.isEnded) && (link == null || !link.isDetached);
    }

    /** Whether all that it is of was said to coordinators. */
    private boolean isOfCoordinator(SeenSession session, Performative disposition) {
        if (!disposition.bool(Performative.DISPOSITION_ROLE)) {
            return false;
        }
        int first = disposition.uint(Performative.DISPOSITION_FIRST, 0);
        int count = disposition.uint(Performative.DISPOSITION_LAST, first) - first + 1;
        if (count < 1 || count > coordinated.size()) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (!coordinated.contains(key(session, first + i))) {
                return false;
            }
        }
        for (int i = 0; i < count && disposition.bool(Performative.DISPOSITION_SETTLED); i++) {
            coordinated.remove(key(session, first + i));
        }
        return true;
    }

    private static long key(SeenSession session, int id) {
        return (long) session.channel << Integer.SIZE | (id & 0xFFFF_FFFFL);
    }
}
