package io.amqproxy.faults;

/** A fault that lasts until it is closed, or the proxy is. May be used by any thread. */
public interface Fault extends AutoCloseable {

    /**
     * {@return how often it happened, for faults of single frames and log-ins: how many confirms were lost, delayed or
     * turned into the contrary, how many log-ins refused; 0 for all others}
     */
    long count();

    /**
     * Revokes it: what it held goes on. Returns when it is over. Closing twice does nothing, and so does closing after
     * the proxy was closed.
     *
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds
     */
    @Override
    void close();
}
