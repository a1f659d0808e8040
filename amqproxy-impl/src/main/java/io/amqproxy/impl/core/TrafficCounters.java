package io.amqproxy.impl.core;

/** What went over a connection to the broker, or over several. */
public final class TrafficCounters {

    public long published;
    public long delivered;
    public long bytesIn;
    public long bytesOut;

    public void add(TrafficCounters other) {
        published += other.published;
        delivered += other.delivered;
        bytesIn += other.bytesIn;
        bytesOut += other.bytesOut;
    }
}
