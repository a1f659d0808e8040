package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose doing it was that the broker closed a connection which several clients share. A broker's close names the method
 * that it did not like (AMQP 0-9-1, section 1.4.2.9): whoever has sent such a method that the broker has not answered
 * yet is a suspect. RabbitMQ does not name one where it could not make sense of what it got, or failed over it: then it
 * can have been any method.
 *
 * <p>A single suspect is the culprit and gets the close as it is. Of several nobody can say which one it was; they get
 * what innocent clients get, a 320 after which client libraries connect again, and each is kept apart from others for a
 * while, so that the culprit is alone when it does the same again.
 */
public final class Blame {

    private static final Blame NOBODY = new Blame(null, List.of(), false, true);

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

    public static Blame of(CloseCause ending, List<UpstreamChannel> channels) {
        if (!ending.isOffence()) {
            return NOBODY;
        }
        List<InboundSession> suspects = new ArrayList<>();
        boolean strangers = false;
        boolean others = false;
        for (UpstreamChannel channel : channels) {
            ChannelHolder client = channel.client();
            boolean suspected = channel.hasSent(ConnectionClose.methodId(ending));
            if (client == null) {
                strangers |= suspected;
            } else if (!suspected) {
                others = true;
            } else if (!suspects.contains(client.session())) {
                suspects.add(client.session());
            }
        }
        if (suspects.isEmpty() && !strangers && ConnectionClose.methodId(ending) == 0) {
            return NOBODY;
        }
        return new Blame(ending, suspects, strangers, strangers || others || suspects.size() > 1);
    }

    /** Whether it was the proxy that asked what the broker closed the connection for. */
    public static boolean isForFence(CloseCause ending, List<UpstreamChannel> channels) {
        return ConnectionClose.methodId(ending) == Method.CHANNEL_FLOW.id()
                && channels.stream().anyMatch(UpstreamChannel::isFencing)
                && channels.stream().noneMatch(UpstreamChannel::isClientAskingFlow);
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
