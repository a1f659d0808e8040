package io.amqproxy.impl.pool;

import io.amqproxy.EndpointStats;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pool as it is for one client that needs a place: without the upstreams that told the broker that they are somebody
 * else's. One object serves all clients of a pool.
 */
final class ClientPoolView implements PoolView {

    private final PoolContext context;
    private final Account account;
    private final String vhost;
    private final Upstreams upstreams;
    private final PoolCapacity capacity;

    @Nullable
    PoolMember member;

    ClientPoolView(PoolContext context, Account account, String vhost, Upstreams upstreams) {
        this.context = context;
        this.account = account;
        this.vhost = vhost;
        this.upstreams = upstreams;
        this.capacity = upstreams.capacity();
    }

    private PoolMember member() {
        return Objects.requireNonNull(member);
    }

    @Override
    public String user() {
        return account.credentials().user();
    }

    @Override
    public String vhost() {
        return vhost;
    }

    @Override
    public List<UpstreamView> upstreams() {
        List<UpstreamView> all = upstreams.placeable();
        for (UpstreamView upstream : all) {
            if (!suits(upstream)) {
                return all.stream().filter(this::suits).toList();
            }
        }
        return all;
    }

    private boolean suits(UpstreamView view) {
        return view instanceof Upstream upstream && member().fits(upstream);
    }

    @Override
    public List<EndpointStats> endpoints() {
        return account.mayConnect() ? context.endpoints().usable(account.protocol()) : List.of();
    }

    @Override
    public int room() {
        if (!account.channels().mayOpen()) {
            return 0;
        }
        int room = capacity.roomFor(member().waitingFor);
        return room == 0 && upstreams.hasUnfit(member()) ? 1 : room;
    }
}
