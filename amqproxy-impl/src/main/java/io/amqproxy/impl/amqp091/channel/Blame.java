package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose doing it was that the broker closed a connection which several clients share. A broker's close names the method
 * that it did not like (AMQP 0-9-1, section 1.4.2.9): whoever has sent such a method that the broker has not answered
 * yet is a suspect. RabbitMQ does not name one where it could not make sense of what it got, or failed over it: then it
 * can have been any method. {@link Suspects} finds them.
 *
 * <p>A single suspect is the culprit and gets the close as it is. Of several nobody can say which one it was; they get
 * what innocent clients get, a 320 after which client libraries connect again, and each is kept apart from others for a
 * while, so that the culprit is alone when it does the same again.
 */
public final class Blame {

    static final Blame NOBODY = new Blame(null, List.of(), false, true);

    /** What somebody is to blame for, or null. */
    private final @Nullable CloseCause offence;

    private final List<InboundSession> suspects;
    /** Whether it may also have been a client that left, which can be told nothing. */
    private final boolean strangers;

    private final boolean shared;

    private Blame(@Nullable CloseCause offence, List<InboundSession> suspects, boolean strangers, boolean shared) {
        this.offence = offence;
        this.suspects = suspects;
        this.strangers = strangers;
        this.shared = shared;
    }

    /**
     * What suspects are to blame for.
     *
     * @param strangers whether it may also have been a client that left
     * @param others whether clients that are no suspects used the connection
     */
    static Blame of(CloseCause ending, List<InboundSession> suspects, boolean strangers, boolean others) {
        return new Blame(ending, suspects, strangers, strangers || others || suspects.size() > 1);
    }

    /** The clients that may have done it. */
    public List<InboundSession> suspects() {
        return suspects;
    }

    /** Whether it can only have been this client. */
    public boolean isCulprit(InboundSession client) {
        return suspects.size() == 1 && !strangers && suspects.contains(client);
    }

    /** How the connection ended, as this client is told. */
    public CloseCause endingFor(InboundSession client, CloseCause ending) {
        if (offence == null || isCulprit(client)) {
            return ending;
        }
        return CloseCause.byProxy(Kind.FORCED, "the broker closed the connection because of what another client sent");
    }

    /** Whether others than the suspect used the connection too. */
    public boolean isShared() {
        return shared;
    }
}
