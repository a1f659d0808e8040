package io.amqproxy;

import org.jspecify.annotations.Nullable;

/**
 * Figures of one endpoint of the broker, in one route. They count from when the endpoint was given.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface EndpointStats {

    /** {@return {@code host:port}, as it was given} */
    String endpoint();

    /** {@return the name of its {@link Route}, or null where it is one of the builder's own broker} */
    @Nullable
    String route();

    /** {@return whether it is believed to answer; true until the first attempt has failed} */
    boolean reachable();

    /** {@return connections to it now, those being opened included} */
    int upstreams();

    /** {@return connections that got past its log-in} */
    long opened();

    /**
     * {@return connections to it that were lost or could not be opened; those that the broker refused or closed are not
     * among them}
     */
    long failures();

    /** {@return why the last of them failed, or null if none did} */
    @Nullable
    String lastFailure();
}
