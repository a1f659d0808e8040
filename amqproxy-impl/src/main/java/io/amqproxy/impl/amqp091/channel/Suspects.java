package io.amqproxy.impl.amqp091.channel;

import io.amqproxy.impl.amqp091.codec.ConnectionClose;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;

/** Looks among the channels of a connection that the broker has closed for what it may have closed it for. */
public final class Suspects {

    private Suspects() {}

    /** {@return who is to blame, if it is anybody's doing} */
    public static Blame blame(CloseCause ending, List<UpstreamChannel> channels) {
        if (!ending.isOffence()) {
            return Blame.NOBODY;
        }
        List<InboundSession> suspects = new ArrayList<>();
        boolean strangers = false;
        boolean others = false;
        for (UpstreamChannel channel : channels) {
            ChannelHolder client = channel.client();
            boolean suspected = channel.outstanding().mayInclude(ConnectionClose.methodId(ending));
            if (client == null) {
                strangers |= suspected;
            } else if (!suspected) {
                others = true;
            } else if (!suspects.contains(client.session())) {
                suspects.add(client.session());
            }
        }
        if (suspects.isEmpty() && !strangers && ConnectionClose.methodId(ending) == 0) {
            return Blame.NOBODY;
        }
        return Blame.of(ending, suspects, strangers, others);
    }

    /** Whether it was the proxy that asked what the broker closed the connection for. */
    public static boolean isForFence(CloseCause ending, List<UpstreamChannel> channels) {
        return ConnectionClose.methodId(ending) == Method.CHANNEL_FLOW.id()
                && channels.stream()
                        .anyMatch(channel -> channel.outstanding().replies().isFencing())
                && channels.stream()
                        .noneMatch(channel -> channel.outstanding().replies().isClientAskingFlow());
    }
}
