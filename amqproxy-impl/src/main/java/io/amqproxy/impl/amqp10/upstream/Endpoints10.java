package io.amqproxy.impl.amqp10.upstream;

import io.amqproxy.impl.amqp10.session.UpstreamEndpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sessions of one connection, by the proxy's channels and by the broker's, which need not be the same. */
final class Endpoints10 {

    private @Nullable UpstreamEndpoint[] byChannel = new UpstreamEndpoint[4];
    private final Map<Integer, UpstreamEndpoint> byBrokerChannel = new HashMap<>();
    private int count;

    int count() {
        return count;
    }

    /** The lowest channel without a session. */
    int freeChannel() {
        for (int channel = 0; channel < byChannel.length; channel++) {
            if (byChannel[channel] == null) {
                return channel;
            }
        }
        return byChannel.length;
    }

    void add(UpstreamEndpoint session) {
        if (session.number() == byChannel.length) {
            byChannel = Arrays.copyOf(byChannel, 2 * byChannel.length);
        }
        byChannel[session.number()] = session;
        count++;
    }

    @Nullable
    UpstreamEndpoint get(int channel) {
        return channel < byChannel.length ? byChannel[channel] : null;
    }

    void onBegun(UpstreamEndpoint session, int brokerChannel) {
        byBrokerChannel.put(brokerChannel, session);
    }

    @Nullable
    UpstreamEndpoint ofBroker(int brokerChannel) {
        // Most brokers use the proxy's own numbers, which needs no look-up of a boxed key.
        UpstreamEndpoint same = get(brokerChannel);
        return same != null && same.brokerChannel() == brokerChannel ? same : byBrokerChannel.get(brokerChannel);
    }

    void remove(UpstreamEndpoint session) {
        byChannel[session.number()] = null;
        byBrokerChannel.remove(session.brokerChannel(), session);
        count--;
    }

    List<UpstreamEndpoint> takeAll() {
        List<UpstreamEndpoint> all = new ArrayList<>();
        for (UpstreamEndpoint session : byChannel) {
            if (session != null) {
                all.add(session);
            }
        }
        Arrays.fill(byChannel, null);
        byBrokerChannel.clear();
        count = 0;
        return all;
    }
}
