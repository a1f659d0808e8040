package io.amqproxy.impl.amqp091.upstream;

import io.amqproxy.impl.amqp091.channel.Blame;
import io.amqproxy.impl.amqp091.channel.ChannelHolder;
import io.amqproxy.impl.amqp091.channel.Suspects;
import io.amqproxy.impl.amqp091.channel.UpstreamChannel;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.UpstreamOwner;
import java.util.ArrayList;
import java.util.List;

/** The channels that a connection to the broker had when it ended, and who has to hear of it. */
final class LostChannels {

    /** A lease that was lost. */
    private record Lost(ChannelHolder client, UpstreamChannel channel) {}

    private final CloseCause ending;
    private final List<UpstreamChannel> channels;
    private final List<Lost> leases = new ArrayList<>();
    private final Blame blame;
    private final long publishes;

    LostChannels(List<UpstreamChannel> channels, CloseCause ending) {
        this.channels = channels;
        this.ending = ending;
        this.blame = Suspects.blame(ending, channels);
        this.publishes =
                channels.stream().mapToLong(UpstreamChannel::publishesAtRisk).sum();
    }

    /** Publishes that are lost without anybody noticing. */
    long publishes() {
        return publishes;
    }

    /** All channels are dead before anybody can act on it, and then no lease is left. */
    void endLeases() {
        channels.forEach(UpstreamChannel::onLost);
        for (UpstreamChannel channel : channels) {
            ChannelHolder client = channel.endLostLease();
            if (client != null) {
                leases.add(new Lost(client, channel));
            }
        }
    }

    void tellOfSuspects(UpstreamOwner owner) {
        blame.suspects().forEach(suspect -> owner.onSuspect(suspect, blame.isShared()));
    }

    /** Clients for which something was at stake are closed, the others get another lease when they need it. */
    void tellClients() {
        for (Lost lease : leases) {
            lease.client().onUpstreamLost(lease.channel(), ending, blame);
        }
    }
}
