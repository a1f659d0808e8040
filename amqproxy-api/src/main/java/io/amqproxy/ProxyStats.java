package io.amqproxy;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Figures of one proxy. Totals go on counting when a pool ends.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface ProxyStats {

    /** {@return clients connected now, those in the handshake included} */
    int clients();

    /** {@return connections to the broker now, those being opened included} */
    int upstreams();

    /**
     * {@return connections to the broker that there may be, 0 for no limit, see
     * {@link AmqProxy.Builder#maxTotalConnections}}
     */
    int maxTotalConnections();

    /** {@return pools and log-ins that wait for a connection now, as there may be no more of them} */
    int poolsWaiting();

    /** {@return connections ever given up so that another pool could have one} */
    long connectionsGivenUp();

    /** {@return upstream channels bound to a client's channel now} */
    int channelsLeased();

    /** {@return upstream channels open and waiting for a client now} */
    int channelsIdle();

    /** {@return clients ever accepted} */
    long clientsTotal();

    /** {@return connections to the broker ever opened} */
    long upstreamsTotal();

    /** {@return leases ever made} */
    long leasesTotal();

    /** {@return messages passed to the broker} */
    long published();

    /** {@return messages passed to clients, returned ones included} */
    long delivered();

    /** {@return bytes read from clients} */
    long bytesIn();

    /** {@return bytes written to clients} */
    long bytesOut();

    /** {@return bytes of buffers in use now, see {@link AmqProxy.Builder#maxBufferBytes}} */
    long bufferBytes();

    /** {@return bytes of buffers that may be in use, see {@link AmqProxy.Builder#maxBufferBytes}} */
    long maxBufferBytes();

    /** {@return channels and clients that ever waited in vain, see {@link AmqProxy.Builder#acquireTimeout}} */
    long acquireTimeouts();

    /** {@return events that no listener got because listeners were too slow} */
    long eventsDropped();

    /**
     * {@return clients that did not get past the handshake of TLS, ever} For what they or the proxy did not like, a
     * certificate, a version or no TLS at all, or as they ended it; those that took too long are not among them.
     */
    long tlsHandshakesFailed();

    /**
     * {@return when the first of the certificates that clients are shown ends, of those that are in use now} Null where
     * there is none, or where it is in an {@code SSLContext} of the application's.
     */
    @Nullable
    Instant certificateNotAfter();

    /** {@return whether new leases wait, see {@link AmqProxy#pause}} */
    boolean paused();

    /** {@return each endpoint of the broker, in the order in which they were given; cannot be changed} */
    List<EndpointStats> endpoints();

    /** {@return each event loop, always in the same order; cannot be changed} */
    List<LoopStats> loops();

    /** {@return each pool that exists now, in no order; cannot be changed} */
    List<PoolStats> pools();
}
