package io.amqproxy.testing;

import io.amqproxy.UpstreamView;

/**
 * An upstream as a policy sees it, for tests. At first it is open, nobody's, without clients, and can lend 2,047
 * channels.
 */
public final class FakeUpstream implements UpstreamView {

    private static final int DEFAULT_FREE = 2_047;

    private final long id;
    private String label = "";
    private String endpoint = "";
    private boolean open = true;
    private long owner;
    private int clients;
    private int leased;
    private int promised;
    private int free = DEFAULT_FREE;
    private boolean blocked;
    private boolean unread;

    /**
     * Makes an upstream.
     *
     * @param id what {@link #id()} returns
     */
    public FakeUpstream(long id) {
        this.id = id;
    }

    /**
     * Changes what {@link #label()} returns, which is empty at first.
     *
     * @param newLabel the label
     * @return this
     */
    public FakeUpstream label(String newLabel) {
        label = newLabel;
        return this;
    }

    /**
     * Changes what {@link #endpoint()} returns, which is empty at first.
     *
     * @param newEndpoint {@code host:port}
     * @return this
     */
    public FakeUpstream endpoint(String newEndpoint) {
        endpoint = newEndpoint;
        return this;
    }

    /**
     * Changes what {@link #open()} returns.
     *
     * @param isOpen whether it is open
     * @return this
     */
    public FakeUpstream open(boolean isOpen) {
        open = isOpen;
        return this;
    }

    /**
     * Changes what {@link #owner()} returns.
     *
     * @param client the client that it is set aside for, or 0
     * @return this
     */
    public FakeUpstream owner(long client) {
        owner = client;
        return this;
    }

    /**
     * Changes what {@link #clients()} returns.
     *
     * @param count the number of clients
     * @return this
     */
    public FakeUpstream clients(int count) {
        clients = count;
        return this;
    }

    /**
     * Changes what {@link #leased()} returns.
     *
     * @param channels the number of channels
     * @return this
     */
    public FakeUpstream leased(int channels) {
        leased = channels;
        return this;
    }

    /**
     * Changes what {@link #promised()} returns.
     *
     * @param channels the number of channels
     * @return this
     */
    public FakeUpstream promised(int channels) {
        promised = channels;
        return this;
    }

    /**
     * Changes what {@link #free()} returns.
     *
     * @param channels the number of channels
     * @return this
     */
    public FakeUpstream free(int channels) {
        free = channels;
        return this;
    }

    /**
     * Changes what {@link #blocked()} returns.
     *
     * @param isBlocked whether the broker holds back publishers on it
     * @return this
     */
    public FakeUpstream blocked(boolean isBlocked) {
        blocked = isBlocked;
        return this;
    }

    /**
     * Changes what {@link #unread()} returns.
     *
     * @param isUnread whether the proxy does not read it
     * @return this
     */
    public FakeUpstream unread(boolean isUnread) {
        unread = isUnread;
        return this;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String endpoint() {
        return endpoint;
    }

    @Override
    public boolean open() {
        return open;
    }

    @Override
    public long owner() {
        return owner;
    }

    @Override
    public int clients() {
        return clients;
    }

    @Override
    public int leased() {
        return leased;
    }

    @Override
    public int promised() {
        return promised;
    }

    @Override
    public int free() {
        return free;
    }

    @Override
    public boolean blocked() {
        return blocked;
    }

    @Override
    public boolean unread() {
        return unread;
    }
}
