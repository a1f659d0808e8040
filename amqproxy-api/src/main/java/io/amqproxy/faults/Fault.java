package io.amqproxy.faults;

/**
 * A fault that lasts until it is closed, or the proxy is. May be used by any thread, and closed by all that may
 * {@linkplain Faults make} one.
 *
 * <p>Only the proxy implements this; later versions may have more of it.
 */
public interface Fault extends AutoCloseable {

    /**
     * {@return how often it happened: how many connections were or are held, slowed or blocked, clients and log-ins
     * refused, frames cut, heartbeats lost, methods failed, messages returned, acknowledgements turned into the
     * contrary, confirms lost, delayed or turned into the contrary, deliveries rejected or released, and how often
     * credit was withheld; 0 for a broker that is down}
     */
    long count();

    /**
     * Revokes it: what it held goes on. Returns when it is over. Closing twice does nothing, and so does closing after
     * the proxy was closed.
     *
     * @throws IllegalStateException if a loop of the proxy does not answer within 10 seconds, or calls this itself:
     *     then the fault lasts on
     */
    @Override
    void close();
}
