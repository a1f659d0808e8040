package io.amqproxy.testing;

import io.amqproxy.EndpointStats;
import io.amqproxy.PoolView;
import io.amqproxy.UpstreamView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A pool as a policy sees it, for tests. It has no upstream and no endpoint at first, and room for 64. */
public final class FakePool implements PoolView {

    private static final int DEFAULT_ROOM = 64;

    private final String user;
    private final String vhost;
    private final List<UpstreamView> upstreams = new ArrayList<>();
    private final List<EndpointStats> endpoints = new ArrayList<>();
    private int room = DEFAULT_ROOM;

    /**
     * Makes a pool.
     *
     * @param user what {@link #user()} returns
     * @param vhost what {@link #vhost()} returns
     */
    public FakePool(String user, String vhost) {
        this.user = user;
        this.vhost = vhost;
    }

    /**
     * Adds an upstream, the youngest of those that are there.
     *
     * @param upstream the upstream
     * @return the same one
     */
    public FakeUpstream add(FakeUpstream upstream) {
        upstreams.add(upstream);
        return upstream;
    }

    /**
     * Adds an endpoint to {@link #endpoints()}.
     *
     * @param endpoint the endpoint
     * @return this
     */
    public FakePool endpoint(FakeEndpoint endpoint) {
        endpoints.add(endpoint);
        return this;
    }

    /**
     * Changes what {@link #room()} returns; upstreams that are added do not change it.
     *
     * @param connections how many more connections may be opened
     * @return this
     */
    public FakePool room(int connections) {
        room = connections;
        return this;
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    public String vhost() {
        return vhost;
    }

    @Override
    public List<UpstreamView> upstreams() {
        return Collections.unmodifiableList(upstreams);
    }

    @Override
    public List<EndpointStats> endpoints() {
        return Collections.unmodifiableList(endpoints);
    }

    @Override
    public int room() {
        return room;
    }
}
