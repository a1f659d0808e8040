package io.amqproxy.impl.limit;

import java.net.InetAddress;

/**
 * What clients may take; {@code ClientLimits} documents each. 0 is no limit.
 *
 * @param allowed empty for all
 */
public record Limits(
        int clientsPerAddress,
        int clientsPerUser,
        int newClientsPerSecond,
        int newClientsPerSecondAndAddress,
        int channelsPerClient,
        int failedLogins,
        long messagesPerSecond,
        long bytesPerSecond,
        Networks allowed,
        Networks denied,
        NameFilter users,
        NameFilter vhosts) {

    public boolean allow(InetAddress address) {
        return !denied.contain(address) && (allowed.isEmpty() || allowed.contain(address));
    }
}
