package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What was declared on a channel. The broker remembers the queue that was declared last, whoever did it; an exclusive
 * one is known as soon as the broker has it and until the broker has deleted it, for it has to end with its client.
 */
public final class Declarations {

    /** A {@code queue.declare} that is not answered yet. */
    private record Asked(String name, @Nullable Exclusively exclusively, boolean forNobody) {}

    /** A {@code queue.declare} of a queue that is to be the declarer's own. */
    public static final class Exclusively {
        private final InboundSession declarer;
        private final int bits;
        private final byte[] table;

        /** @param table the declaration's arguments, with their length */
        public Exclusively(InboundSession declarer, int bits, byte[] table) {
            this.declarer = declarer;
            this.bits = bits;
            this.table = table;
        }
    }

    /** A {@code queue.delete} that is not answered yet; an empty name means the queue that was declared last. */
    private record Deletion(String name, boolean forNobody) {}

    private final Amqp091Connection session;
    private @Nullable ArrayDeque<Asked> asked;
    private @Nullable ArrayDeque<Deletion> deletions;
    private @Nullable String uncertainType;
    private String last = "";
    /** Whether a queue was ever declared on the channel. */
    private boolean everDeclared;
    /** Whether the present lease has declared one. */
    private boolean declared;

    Declarations(Amqp091Connection session) {
        this.session = session;
    }

    /** A lease begins. */
    void begin() {
        declared = false;
        uncertainType = null;
    }

    /** A queue is declared, and the broker's answer is for the client or nobody. */
    public void onDeclare(String name, @Nullable Exclusively exclusively, boolean forNobody) {
        declared = true;
        everDeclared = true;
        if (asked == null) {
            asked = new ArrayDeque<>(2);
        }
        asked.add(new Asked(name, exclusively, forNobody));
    }

    /**
     * The broker has the queue.
     *
     * @return whether the client wants to know
     */
    public boolean onDeclareOk(String queue) {
        last = queue;
        Asked answered = asked == null ? null : asked.poll();
        if (answered == null) {
            return true;
        }
        Exclusively exclusively = answered.exclusively();
        if (exclusively != null) {
            session.owner()
                    .onExclusiveQueue(
                            new ExclusiveQueue(queue, exclusively.bits, exclusively.table), exclusively.declarer);
        }
        return !answered.forNobody();
    }

    /** Whether the broker may be about to declare such a queue for a client's own use. */
    public boolean isDeclaringExclusively(String queue) {
        if (asked == null) {
            return false;
        }
        for (Asked one : asked) {
            if (one.exclusively() != null && one.name().equals(queue)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the broker may be about to declare a queue for the own use of such a client. */
    public boolean isDeclaringExclusivelyFor(Predicate<? super InboundSession> clients) {
        if (asked == null) {
            return false;
        }
        for (Asked one : asked) {
            Exclusively exclusively = one.exclusively();
            if (exclusively != null && clients.test(exclusively.declarer)) {
                return true;
            }
        }
        return false;
    }

    /** A queue is deleted that may be exclusive, and the broker's answer is for the client or nobody. */
    public void onDelete(String queue, boolean forNobody) {
        if (deletions == null) {
            deletions = new ArrayDeque<>(2);
        }
        deletions.add(new Deletion(queue, forNobody));
    }

    /**
     * The broker has deleted a queue.
     *
     * @return whether the client wants to know
     */
    public boolean onDeleteOk() {
        Deletion answered = deletions == null ? null : deletions.poll();
        if (answered == null) {
            return true;
        }
        session.owner().onQueueDeleted(answered.name().isEmpty() ? last : answered.name());
        return !answered.forNobody();
    }

    /**
     * Whether the broker takes an empty queue name as it is meant: it means a queue that this very lease declared,
     * answered or not, or nothing at all.
     *
     * @param lastOfClient the queue that the client declared last, as far as it was answered, in this lease or before
     */
    public boolean mayUseLastQueue(String lastOfClient) {
        return declared || (!everDeclared && lastOfClient.isEmpty());
    }

    /** Which queue an empty name means, as far as it is known: of a declaration that is under way what it asks for. */
    public String lastQueue(String lastOfClient) {
        Asked newest = asked == null ? null : asked.peekLast();
        return newest == null ? lastOfClient : newest.name();
    }

    /** An exchange is declared whose type the broker may not have; its next answer shows whether it does. */
    public void onUncertainType(String type) {
        uncertainType = type;
    }

    /** The broker has the exchange. */
    public void onExchangeDeclareOk() {
        if (uncertainType != null) {
            session.onExchangeType(uncertainType);
            uncertainType = null;
        }
    }
}
