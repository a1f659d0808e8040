package io.amqproxy;

import java.time.Duration;

/**
 * Figures of one connection to the broker.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface UpstreamStats {

    /** {@return the connection} */
    UpstreamInfo info();

    /** {@return whether the broker has accepted its vhost; otherwise it is being opened} */
    boolean open();

    /** {@return whether it gets no new leases, and is closed when its clients have let go} */
    boolean retired();

    /** {@return whether the broker holds back publishers on it, see {@link ProxyListener#publishersHeldBack}} */
    boolean blocked();

    /** {@return the {@link ClientInfo#id()} of the client it is set aside for, or 0} */
    long owner();

    /** {@return clients with leases on it} */
    int clients();

    /** {@return channels that are not idle: of clients, or waiting for a fence or a close} */
    int channelsLeased();

    /** {@return channels that are open and wait for a client} */
    int channelsIdle();

    /** {@return the time since it was begun} */
    Duration age();

    /** {@return messages passed to the broker} */
    long published();

    /** {@return messages that the broker delivered} */
    long delivered();

    /** {@return bytes of clients passed to the broker} */
    long bytesIn();

    /** {@return bytes read from the broker} */
    long bytesOut();
}
