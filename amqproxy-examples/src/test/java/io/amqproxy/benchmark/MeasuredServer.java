package io.amqproxy.benchmark;

import java.net.InetSocketAddress;

/**
 * What the load generator talks to.
 *
 * @param way how the broker is reached
 * @param address where to connect
 * @param pid of the program in between; 0 where there is none
 */
record MeasuredServer(Way way, InetSocketAddress address, long pid) {

    /** The ways to the broker, in the order of the table's columns. */
    enum Way {
        DIRECT("direct"),
        HAPROXY("HAProxy"),
        AMQPROXY("AmqProxy");

        final String label;

        Way(String label) {
            this.label = label;
        }
    }
}
