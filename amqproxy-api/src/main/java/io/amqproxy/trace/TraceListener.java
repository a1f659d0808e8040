package io.amqproxy.trace;

/** Is told what is said. */
@FunctionalInterface
public interface TraceListener {

    /**
     * Something was said. Called by one thread of the proxy, event after event, in the order in which they happened on
     * each connection. It may block: the proxy goes on, and drops events once a bounded queue is full.
     *
     * @param event what was said
     */
    void onEvent(TraceEvent event);
}
