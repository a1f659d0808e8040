package io.amqproxy;

import org.jspecify.annotations.Nullable;

/**
 * Figures of one endpoint of the broker. They count from when the endpoint was given.
 *
 * @param endpoint {@code host:port}, as it was given
 * @param reachable whether it is believed to answer; true until the first attempt has failed
 * @param upstreams connections to it now, those being opened included
 * @param opened connections that got past its log-in
 * @param failures connections to it that were lost or could not be opened; those that the broker refused or closed are
 *     not among them
 * @param lastFailure why the last of them failed, or null if none did
 */
public record EndpointStats(
        String endpoint,
        boolean reachable,
        int upstreams,
        long opened,
        long failures,
        @Nullable String lastFailure) {}
