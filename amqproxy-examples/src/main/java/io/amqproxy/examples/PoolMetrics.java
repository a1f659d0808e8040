package io.amqproxy.examples;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.amqproxy.AmqProxy;
import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.LeaseInfo;
import io.amqproxy.ProxyListener;
import io.amqproxy.Release;
import io.amqproxy.Release.Outcome;
import io.amqproxy.Release.Reason;
import io.amqproxy.UpstreamInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Metrics from a listener: how well the pool does its work. The proxy's thread for listeners counts, any thread may
 * read.
 *
 * <p>Figures of the moment, like the number of idle channels, are in {@link AmqProxy#stats()} already.
 */
public final class PoolMetrics implements ProxyListener {

    private final LongAdder clients = new LongAdder();
    private final LongAdder clientsRefused = new LongAdder();
    private final LongAdder upstreamsOpened = new LongAdder();
    private final LongAdder upstreamsFailed = new LongAdder();
    private final LongAdder waitedMillis = new LongAdder();
    private final ConcurrentMap<Outcome, LongAdder> leases = new ConcurrentHashMap<>();
    private final ConcurrentMap<Reason, LongAdder> notReused = new ConcurrentHashMap<>();

    @Override
    public void clientAuthenticated(ClientInfo client) {
        clients.increment();
    }

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        clientsRefused.increment();
    }

    @Override
    public void upstreamOpened(UpstreamInfo upstream, Duration took) {
        upstreamsOpened.increment();
    }

    @Override
    public void upstreamFailed(UpstreamInfo upstream, CloseReason reason) {
        upstreamsFailed.increment();
    }

    @Override
    public void channelLeased(LeaseInfo lease, Duration waited) {
        waitedMillis.add(waited.toMillis());
    }

    @Override
    public void channelReleased(LeaseInfo lease, Release release) {
        leases.computeIfAbsent(release.outcome(), outcome -> new LongAdder()).increment();
        if (release.outcome() != Outcome.REUSED) {
            notReused
                    .computeIfAbsent(release.reason(), reason -> new LongAdder())
                    .increment();
        }
    }

    /** {@return the share of leases after which the channel could serve again, from 0 to 1} */
    public double reuseRatio() {
        long all = leases.values().stream().mapToLong(LongAdder::sum).sum();
        LongAdder reused = leases.get(Outcome.REUSED);
        return all == 0 || reused == null ? 0 : (double) reused.sum() / all;
    }

    @Override
    public String toString() {
        return "clients: %s, refused: %s; upstreams opened: %s, failed: %s; leases: %s, waited: %s ms, not reused: %s"
                .formatted(clients, clientsRefused, upstreamsOpened, upstreamsFailed, leases, waitedMillis, notReused);
    }

    /** Watches a few clients of a broker with user {@code guest}; its URL may be given as the first argument. */
    public static void main(String[] args) throws IOException, TimeoutException {
        System.out.println(run(args.length > 0 ? args[0] : "amqp://127.0.0.1:5672"));
    }

    static PoolMetrics run(String broker) throws IOException, TimeoutException {
        PoolMetrics metrics = new PoolMetrics();
        try (AmqProxy proxy =
                AmqProxy.builder().upstream(broker).listen(0).listener(metrics).start()) {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setPort(proxy.address().getPort());
            for (int i = 0; i < 10; i++) {
                try (Connection connection = factory.newConnection();
                        Channel channel = connection.createChannel()) {
                    channel.basicPublish("amq.fanout", "", null, "hello".getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return metrics;
    }
}
