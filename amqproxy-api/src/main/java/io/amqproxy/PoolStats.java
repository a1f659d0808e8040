package io.amqproxy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Figures of one pool: the upstreams of one user and vhost, in one protocol and one route. Where the same user came
 * with different passwords there are several pools with the same names.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface PoolStats {

    /** {@return the user} */
    String user();

    /** {@return the virtual host} */
    String vhost();

    /** {@return the name of its {@link Route}, or null where its connections go to the builder's own broker} */
    @Nullable
    String route();

    /** {@return the protocol of its clients and connections, {@code AMQP 0-9-1} or {@code AMQP 1.0}} */
    String protocol();

    /** {@return clients connected now} */
    int clients();

    /** {@return connections to the broker now, those being opened included} */
    int upstreams();

    /** {@return upstream channels that are not idle now: of clients, or waiting for a fence or a close} */
    int channelsLeased();

    /** {@return upstream channels open and waiting for a client now} */
    int channelsIdle();

    /** {@return channels and clients that wait now: for a channel, for the vhost} */
    int waiting();

    /** {@return for how long the one has waited that has waited longest; zero where none waits for a channel} */
    Duration longestWait();

    /** {@return channels and clients that waited in vain, see {@link AmqProxy.Builder#acquireTimeout}} */
    long acquireTimeouts();

    /** {@return connections that are being opened now} */
    int opening();

    /** {@return connections that get no new leases, and are closed when their clients have let go} */
    int retired();

    /**
     * {@return connections on which the broker holds back publishers now, see {@link ProxyListener#publishersHeldBack}}
     */
    int blocked();

    /** {@return the largest number of connections that there were at a time} */
    int mostUpstreams();

    /** {@return connections opened since the pool exists} */
    long upstreamsOpened();

    /** {@return leases since the pool exists} */
    long leases();

    /** {@return messages passed to the broker} */
    long published();

    /** {@return messages that the broker delivered to clients, answers to {@code basic.get} and returns included} */
    long delivered();

    /** {@return bytes of clients passed to the broker} */
    long bytesIn();

    /** {@return bytes read from the broker} */
    long bytesOut();
}
