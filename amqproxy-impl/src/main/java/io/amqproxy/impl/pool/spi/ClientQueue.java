package io.amqproxy.impl.pool.spi;

/** A queue that a client declared for itself, and that ends with its connection to the broker. */
public interface ClientQueue {

    String name();

    /** How much memory it takes, about. */
    int octets();
}
