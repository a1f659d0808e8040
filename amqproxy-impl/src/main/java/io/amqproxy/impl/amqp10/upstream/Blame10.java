package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.impl.amqp10.session.SessionHolder;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose doing it was that the broker closed a connection which several clients share. It names nobody; whoever has said
 * something that the broker had not handled for certain is a suspect. A single one is the culprit and gets the close as
 * it is. Of several nobody can say which one it was; all others are told that they may connect again, and each suspect
 * is kept apart from others for a while, so that the culprit is alone when it does the same again.
 */
final class Blame10 {

    /** What somebody is to blame for, or null. */
    private final @Nullable CloseCause offence;

    private final Set<InboundSession> suspects = new LinkedHashSet<>();
    private final Set<InboundSession> clients = new LinkedHashSet<>();
    /** Whether it may also have been a client that left, which can be told nothing. */
    private boolean strangers;

    Blame10(CloseCause ending, List<UpstreamSession> sessions) {
        this.offence = isOffence(ending) ? ending : null;
        for (UpstreamSession session : sessions) {
            SessionHolder holder = session.holder();
            if (holder != null) {
                clients.add(holder.session());
            }
            if (!session.isHandled() && holder != null) {
                suspects.add(holder.session());
            }
            strangers |= !session.isHandled() && holder == null;
        }
    }

    /** Of a connection that is open: brokers say otherwise that they go, or that somebody wants them to. */
    private static boolean isOffence(CloseCause ending) {
        return ending.initiator() == Initiator.BROKER
                && switch (ending.kind()) {
                    case OFFENCE, FAILURE, RESOURCE, NOT_ALLOWED, LOGIN_REFUSED -> true;
                    default -> false;
                };
    }

    /** Those that may have done it. */
    Set<InboundSession> suspects() {
        return offence == null ? Set.of() : suspects;
    }

    /** Whether others than the suspect used the connection too. */
    boolean isShared() {
        return strangers || clients.size() > 1;
    }

    /** How the connection ended, as this client is told. */
    CloseCause endingFor(@Nullable SessionHolder holder, CloseCause ending) {
        boolean isCulprit = holder != null && !strangers && suspects.equals(Set.of(holder.session()));
        return offence == null || isCulprit
                ? ending
                : CloseCause.byProxy(
                        Kind.FORCED, "the broker closed the connection because of what another client sent");
    }
}
