package io.amqproxy.trace;

/** A trace that is under way. It ends when it is closed, or with the proxy. May be used by any thread. */
public interface Trace extends AutoCloseable {

    /** {@return how many events were dropped, as the listener was too slow} */
    long dropped();

    /** Ends it. The listener may be told of events that were seen before for a moment. Closing twice does nothing. */
    @Override
    void close();
}
