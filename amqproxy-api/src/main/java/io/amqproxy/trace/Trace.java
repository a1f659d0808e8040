package io.amqproxy.trace;

/**
 * A trace that is under way. It ends when it is closed, or with the proxy. May be used by any thread. Only the proxy
 * implements this; later versions may have more of it.
 */
public interface Trace extends AutoCloseable {

    /** {@return how many events were dropped, as the listener was too slow} */
    long dropped();

    /**
     * Returns when the listener has been told of all that was said up to now: of what the proxy has read and sent, but
     * for events that were dropped. What a client has got from the proxy, or what it got an answer to, was said.
     *
     * @throws IllegalStateException if the listener, or a loop of the proxy, is not done within 10 seconds; if a
     *     listener calls it; or if the thread is interrupted, which it stays
     */
    void flush();

    /** Ends it. The listener may be told of events that were seen before for a moment. Closing twice does nothing. */
    @Override
    void close();
}
