package io.amqproxy;

import java.util.List;

/**
 * Figures of one proxy. Totals go on counting when a pool ends.
 *
 * @param clients clients connected now, those in the handshake included
 * @param upstreams connections to the broker now, those being opened included
 * @param channelsLeased upstream channels bound to a client's channel now
 * @param channelsIdle upstream channels open and waiting for a client now
 * @param clientsTotal clients ever accepted
 * @param upstreamsTotal connections to the broker ever opened
 * @param leasesTotal leases ever made
 * @param published messages passed to the broker
 * @param delivered messages passed to clients, returned ones included
 * @param bytesIn bytes read from clients
 * @param bytesOut bytes written to clients
 * @param bufferBytes bytes of buffers in use now, see {@link AmqProxy.Builder#maxBufferBytes}
 * @param eventsDropped events that no listener got because listeners were too slow
 * @param paused whether new leases wait, see {@link AmqProxy#pause}
 * @param endpoints each endpoint of the broker, in the order in which they were given; cannot be changed
 * @param pools each pool that exists now, in no order; cannot be changed
 */
public record ProxyStats(
        int clients,
        int upstreams,
        int channelsLeased,
        int channelsIdle,
        long clientsTotal,
        long upstreamsTotal,
        long leasesTotal,
        long published,
        long delivered,
        long bytesIn,
        long bytesOut,
        long bufferBytes,
        long eventsDropped,
        boolean paused,
        List<EndpointStats> endpoints,
        List<PoolStats> pools) {}
