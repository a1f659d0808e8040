package io.amqproxy.impl.pool.spi;

/**
 * Which protocol a client speaks, as sessions know it and pools tell them apart: by the object. What can be done in the
 * protocol is for a {@link Protocol}, which only pools and acceptors see.
 */
public interface SpokenProtocol {

    /** {@return what it is called, as {@link io.amqproxy.ClientInfo#protocol} says it} */
    String name();
}
