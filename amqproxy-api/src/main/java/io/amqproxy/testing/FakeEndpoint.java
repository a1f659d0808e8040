package io.amqproxy.testing;

import io.amqproxy.EndpointStats;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint with figures for tests of an {@link io.amqproxy.EndpointChoice}. At first it answers, and all is zero.
 */
public final class FakeEndpoint implements EndpointStats {

    private final String endpoint;
    private boolean reachable = true;
    private int upstreams;
    private long opened;
    private long failures;
    private @Nullable String lastFailure;
    private @Nullable String route;

    /**
     * Makes an endpoint.
     *
     * @param endpoint what {@link #endpoint()} returns, {@code host:port}
     */
    public FakeEndpoint(String endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Changes what {@link #upstreams()} returns.
     *
     * @param connections connections to it now
     * @return this
     */
    public FakeEndpoint upstreams(int connections) {
        upstreams = connections;
        return this;
    }

    /**
     * Changes what {@link #opened()} returns.
     *
     * @param connections connections that got past its log-in
     * @return this
     */
    public FakeEndpoint opened(long connections) {
        opened = connections;
        return this;
    }

    /**
     * One more of {@link #failures()}.
     *
     * @param why what {@link #lastFailure()} returns from now on
     * @return this
     */
    public FakeEndpoint failure(String why) {
        failures++;
        lastFailure = why;
        return this;
    }

    /**
     * Changes what {@link #reachable()} returns.
     *
     * @param answers whether it is believed to answer
     * @return this
     */
    public FakeEndpoint reachable(boolean answers) {
        reachable = answers;
        return this;
    }

    /**
     * Changes what {@link #route()} returns.
     *
     * @param name of its route, or null for the builder's own broker
     * @return this
     */
    public FakeEndpoint route(@Nullable String name) {
        route = name;
        return this;
    }

    @Override
    public @Nullable String route() {
        return route;
    }

    @Override
    public String endpoint() {
        return endpoint;
    }

    @Override
    public boolean reachable() {
        return reachable;
    }

    @Override
    public int upstreams() {
        return upstreams;
    }

    @Override
    public long opened() {
        return opened;
    }

    @Override
    public long failures() {
        return failures;
    }

    @Override
    public @Nullable String lastFailure() {
        return lastFailure;
    }
}
