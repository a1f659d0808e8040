package io.amqproxy;

/**
 * Figures of one pool: the upstreams of one user and vhost. Where the same user came with different passwords there are
 * several pools with the same names.
 *
 * @param user the user
 * @param vhost the virtual host
 * @param clients clients connected now
 * @param upstreams connections to the broker now, those being opened included
 * @param channelsLeased upstream channels bound to a client's channel now
 * @param channelsIdle upstream channels open and waiting for a client now
 * @param upstreamsOpened connections opened since the pool exists
 * @param leases leases since the pool exists
 * @param published messages passed to the broker
 * @param delivered messages that the broker delivered to clients, answers to {@code basic.get} and returns included
 * @param bytesIn bytes of clients passed to the broker
 * @param bytesOut bytes read from the broker
 */
public record PoolStats(
        String user,
        String vhost,
        int clients,
        int upstreams,
        int channelsLeased,
        int channelsIdle,
        long upstreamsOpened,
        long leases,
        long published,
        long delivered,
        long bytesIn,
        long bytesOut) {

    /** {@return all of it, fit for a log} */
    @Override
    public String toString() {
        return "PoolStats[user=" + LogText.of(user) + ", vhost=" + LogText.of(vhost) + ", clients=" + clients
                + ", upstreams=" + upstreams + ", channelsLeased=" + channelsLeased + ", channelsIdle=" + channelsIdle
                + ", upstreamsOpened=" + upstreamsOpened + ", leases=" + leases + ", published=" + published
                + ", delivered=" + delivered + ", bytesIn=" + bytesIn + ", bytesOut=" + bytesOut + "]";
    }
}
