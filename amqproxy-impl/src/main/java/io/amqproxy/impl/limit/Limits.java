package io.amqproxy.impl.limit;

import io.amqproxy.CidrSet;
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
        CidrSet allowed,
        CidrSet denied,
        NameFilter users,
        NameFilter vhosts) {

    public boolean allow(InetAddress address) {
        return !denied.contains(address) && (allowed.isEmpty() || allowed.contains(address));
    }
}
