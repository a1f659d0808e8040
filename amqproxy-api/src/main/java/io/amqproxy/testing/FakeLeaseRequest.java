package io.amqproxy.testing;

import io.amqproxy.ClientInfo;
import io.amqproxy.LeaseRequest;
import io.amqproxy.UpstreamView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's channel that needs an upstream, for tests. At first the client is on no upstream. */
public final class FakeLeaseRequest implements LeaseRequest {

    private final ClientInfo client;
    private final Purpose purpose;
    private List<UpstreamView> current = List.of();
    private @Nullable UpstreamView present;

    /**
     * Makes a request.
     *
     * @param client what {@link #client()} returns
     * @param purpose what {@link #purpose()} returns
     */
    public FakeLeaseRequest(ClientInfo client, Purpose purpose) {
        this.client = client;
        this.purpose = purpose;
    }

    /**
     * Changes what {@link #current()} returns.
     *
     * @param upstreams those that serve other channels of the client, or are its own
     * @return this
     */
    public FakeLeaseRequest current(UpstreamView... upstreams) {
        current = List.of(upstreams);
        return this;
    }

    /**
     * Changes what {@link #present()} returns.
     *
     * @param upstream the one that the channel is on already, or null
     * @return this
     */
    public FakeLeaseRequest present(@Nullable UpstreamView upstream) {
        present = upstream;
        return this;
    }

    @Override
    public ClientInfo client() {
        return client;
    }

    @Override
    public Purpose purpose() {
        return purpose;
    }

    @Override
    public List<UpstreamView> current() {
        return current;
    }

    @Override
    public @Nullable UpstreamView present() {
        return present;
    }
}
