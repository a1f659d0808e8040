package io.amqproxy.impl.pool;

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

    private final Pool pool;
    private final Upstreams upstreams;

    @Nullable
    PoolMember member;

    ClientPoolView(Pool pool, Upstreams upstreams) {
        this.pool = pool;
        this.upstreams = upstreams;
    }

    private PoolMember member() {
        return Objects.requireNonNull(member);
    }

    @Override
    public String user() {
        return pool.user();
    }

    @Override
    public String vhost() {
        return pool.vhost();
    }

    @Override
    public List<UpstreamView> upstreams() {
        List<UpstreamView> all = pool.upstreams();
        for (UpstreamView upstream : all) {
            if (!suits(upstream)) {
                return all.stream().filter(this::suits).toList();
            }
        }
        return all;
    }

    private boolean suits(UpstreamView view) {
        return view instanceof Upstream upstream && upstream.suits(member());
    }

    @Override
    public int room() {
        if (!pool.mayHaveChannel()) {
            return 0;
        }
        int room = upstreams.roomFor(member());
        return room == 0 && upstreams.hasUnfit(member()) ? 1 : room;
    }
}
