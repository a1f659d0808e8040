package io.amqproxy.impl.limit;

import io.amqproxy.CidrSet;
import io.amqproxy.ClientLimits;

/** Collects the limits of clients and checks them. */
public final class LimitSettings implements ClientLimits {

    private static final int MAX_CHANNELS = 65_535;

    /** 0 for what follows from other settings. */
    private int clientsPerAddress;

    private int newClientsPerSecond = 100_000;
    private int newClientsPerSecondAndAddress = 50_000;
    private int clientsPerUser;
    private int channelsPerClient = 2047;
    private int failedLogins = 5;
    private long messagesPerSecond;
    private long bytesPerSecond;
    private NameFilter users = NameFilter.ALL;
    private NameFilter vhosts = NameFilter.ALL;
    private CidrSet allowed = CidrSet.none();
    private CidrSet denied = CidrSet.none();

    @Override
    public LimitSettings clientsPerAddress(int clients) {
        clientsPerAddress = atLeast("clientsPerAddress", clients, 1);
        return this;
    }

    @Override
    public LimitSettings clientsPerUser(int clients) {
        clientsPerUser = atLeast("clientsPerUser", clients, 0);
        return this;
    }

    @Override
    public LimitSettings channelsPerClient(int channels) {
        if (channels > MAX_CHANNELS) {
            throw new IllegalArgumentException("channelsPerClient has to be at most " + MAX_CHANNELS + ": " + channels);
        }
        channelsPerClient = atLeast("channelsPerClient", channels, 1);
        return this;
    }

    @Override
    public LimitSettings failedLogins(int logins) {
        failedLogins = atLeast("failedLogins", logins, 0);
        return this;
    }

    @Override
    public LimitSettings messagesPerSecond(long messages) {
        messagesPerSecond = atLeast("messagesPerSecond", messages, 0);
        return this;
    }

    @Override
    public LimitSettings bytesPerSecond(long bytes) {
        bytesPerSecond = atLeast("bytesPerSecond", bytes, 0);
        return this;
    }

    @Override
    public LimitSettings newClientsPerSecond(int clients) {
        newClientsPerSecond = atLeast("newClientsPerSecond", clients, 0);
        return this;
    }

    @Override
    public LimitSettings newClientsPerSecondAndAddress(int clients) {
        newClientsPerSecondAndAddress = atLeast("newClientsPerSecondAndAddress", clients, 0);
        return this;
    }

    @Override
    public LimitSettings allowAddresses(CidrSet networks) {
        allowed = allowed.and(networks);
        return this;
    }

    @Override
    public LimitSettings denyAddresses(CidrSet networks) {
        denied = denied.and(networks);
        return this;
    }

    @Override
    public LimitSettings allowUsers(String... names) {
        users = users.allowing(names);
        return this;
    }

    @Override
    public LimitSettings denyUsers(String... names) {
        users = users.denying(names);
        return this;
    }

    @Override
    public LimitSettings allowVhosts(String... names) {
        vhosts = vhosts.allowing(names);
        return this;
    }

    @Override
    public LimitSettings denyVhosts(String... names) {
        vhosts = vhosts.denying(names);
        return this;
    }

    /** {@return the same as they are now; later changes of these do not reach them} */
    public LimitSettings copy() {
        LimitSettings copy = new LimitSettings();
        copy.clientsPerAddress = clientsPerAddress;
        copy.newClientsPerSecond = newClientsPerSecond;
        copy.newClientsPerSecondAndAddress = newClientsPerSecondAndAddress;
        copy.clientsPerUser = clientsPerUser;
        copy.channelsPerClient = channelsPerClient;
        copy.failedLogins = failedLogins;
        copy.messagesPerSecond = messagesPerSecond;
        copy.bytesPerSecond = bytesPerSecond;
        copy.users = users;
        copy.vhosts = vhosts;
        copy.allowed = allowed;
        copy.denied = denied;
        return copy;
    }

    /** {@return the limits of a proxy with so many clients at the most} */
    public Limits limits(int maxClients) {
        return new Limits(
                clientsPerAddress == 0 ? maxClients : clientsPerAddress,
                clientsPerUser,
                newClientsPerSecond,
                newClientsPerSecondAndAddress,
                channelsPerClient,
                failedLogins,
                messagesPerSecond,
                bytesPerSecond,
                allowed,
                denied,
                users,
                vhosts);
    }

    private static <N extends Number> N atLeast(String name, N value, long least) {
        if (value.longValue() < least) {
            throw new IllegalArgumentException(name + " has to be at least " + least + ": " + value);
        }
        return value;
    }
}
