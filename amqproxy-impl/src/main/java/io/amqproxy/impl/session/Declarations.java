package io.amqproxy.impl.session;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What was declared on a channel. The broker remembers the queue that was declared last, whoever did it; the name of an
 * exclusive one is kept as soon as the broker has it, for it has to end with its client.
 */
final class Declarations {

    /** A {@code queue.declare} that is not answered yet. */
    private record Asked(@Nullable ClientSession exclusiveFor, boolean forNobody) {}

    private final UpstreamSession session;
    private @Nullable ArrayDeque<Asked> asked;
    private @Nullable String uncertainType;
    /** Whether a queue was ever declared on the channel. */
    private boolean everDeclared;
    /** Whether the present lease has declared one. */
    private boolean declared;

    Declarations(UpstreamSession session) {
        this.session = session;
    }

    /** A lease begins. */
    void begin() {
        declared = false;
        uncertainType = null;
    }

    /** A queue is declared, and the broker's answer is for the client or nobody. */
    void onDeclare(ClientSession declarer, boolean exclusive, boolean forNobody) {
        onQuietDeclare();
        if (asked == null) {
            asked = new ArrayDeque<>(2);
        }
        asked.add(new Asked(exclusive ? declarer : null, forNobody));
    }

    /** A queue is declared without an answer. */
    void onQuietDeclare() {
        declared = true;
        everDeclared = true;
    }

    /** The broker has the queue; {@return whether the client wants to know} */
    boolean onDeclareOk(String queue) {
        Asked answered = asked == null ? null : asked.poll();
        if (answered == null) {
            return true;
        }
        ClientSession declarer = answered.exclusiveFor();
        if (declarer != null) {
            session.owner().onExclusiveQueue(queue, declarer);
        }
        return !answered.forNobody();
    }

    /** Whether an empty queue name means a queue that this very lease declared, or nothing at all to the broker. */
    boolean mayUseLastQueue() {
        return declared || !everDeclared;
    }

    /** An exchange is declared whose type the broker may not have; its next answer shows whether it does. */
    void onUncertainType(String type) {
        uncertainType = type;
    }

    /** The broker has the exchange. */
    void onExchangeDeclareOk() {
        if (uncertainType != null) {
            session.onExchangeType(uncertainType);
            uncertainType = null;
        }
    }
}
