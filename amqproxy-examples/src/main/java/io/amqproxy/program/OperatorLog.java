package io.amqproxy.program;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.CloseReason.Initiator;
import io.amqproxy.ProxyListener;
import io.amqproxy.UpstreamInfo;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line for each thing that an operator has to know and the library does not log itself: refused clients, connections
 * to the broker that were lost, messages that may be lost with them, limits that are reached. Lines of the same kind
 * are at least ten seconds apart; the next one tells how many there were. Each line has its facts as fields besides,
 * for logs in JSON.
 */
final class OperatorLog implements ProxyListener {

    private static final Logger log = LoggerFactory.getLogger(OperatorLog.class);
    private static final long APART = TimeUnit.SECONDS.toNanos(10);
    /** Kinds are replies of the broker and the proxy; should there be many, they are told together. */
    private static final int MAX_KINDS = 100;

    private static final class Kind {
        private long toldAt;
        private long untold;
    }

    private final LongSupplier clock;
    private final Map<String, Kind> kinds = new HashMap<>();

    OperatorLog(LongSupplier clock) {
        this.clock = clock;
    }

    /** {@return how many of a kind to tell now, or 0} */
    private long due(String name) {
        String known = kinds.containsKey(name) || kinds.size() < MAX_KINDS ? name : "";
        Kind kind = kinds.get(known);
        long now = clock.getAsLong();
        if (kind == null) {
            kind = new Kind();
            kind.toldAt = now - APART;
            kinds.put(known, kind);
        }
        kind.untold++;
        if (now - kind.toldAt < APART) {
            return 0;
        }
        long count = kind.untold;
        kind.untold = 0;
        kind.toldAt = now;
        return count;
    }

    private static String times(long count) {
        return count == 1 ? "" : " (" + count + " since the last line like this)";
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        long count = due("refused " + reason.code());
        if (count > 0) {
            log.atWarn()
                    .addKeyValue("event", "client_refused")
                    .addKeyValue("client", client.id())
                    .addKeyValue("address", where(client))
                    .addKeyValue("user", client.user())
                    .addKeyValue("code", reason.code())
                    .addKeyValue("count", count)
                    .log("Client {} at {} refused: {}{}", client.id(), where(client), words(reason), times(count));
        }
    }

    @Override
    public void upstreamClosed(UpstreamInfo upstream, CloseReason reason) {
        long count = reason.initiator() == Initiator.PROXY ? 0 : due("lost " + reason.code());
        if (count > 0) {
            log.atWarn()
                    .addKeyValue("event", "upstream_lost")
                    .addKeyValue("upstream", upstream.id())
                    .addKeyValue("endpoint", upstream.endpoint())
                    .addKeyValue("user", upstream.user())
                    .addKeyValue("vhost", upstream.vhost())
                    .addKeyValue("code", reason.code())
                    .addKeyValue("count", count)
                    .log(
                            "Connection {} to {} was lost: {}{}",
                            upstream.id(),
                            upstream.endpoint(),
                            words(reason),
                            times(count));
        }
    }

    @Override
    public void limitReached(String limit, String effect) {
        if (due("limit " + limit) > 0) {
            log.atWarn()
                    .addKeyValue("event", "limit_reached")
                    .addKeyValue("limit", limit)
                    .log("The limit {} is reached: {}", limit, effect);
        }
    }

    private static String where(ClientInfo client) {
        InetSocketAddress address = client.address();
        return address.getAddress().getHostAddress() + ':' + address.getPort();
    }

    private static String words(CloseReason reason) {
        return reason.code() == 0 ? reason.text() : reason.code() + " " + reason.text();
    }

    @Override
    public void publishesLost(UpstreamInfo upstream, long messages) {
        log.atWarn()
                .addKeyValue("event", "publishes_lost")
                .addKeyValue("upstream", upstream.id())
                .addKeyValue("user", upstream.user())
                .addKeyValue("vhost", upstream.vhost())
                .addKeyValue("messages", messages)
                .log("Up to {} message(s) without confirms were lost with connection {}", messages, upstream.id());
    }
}
