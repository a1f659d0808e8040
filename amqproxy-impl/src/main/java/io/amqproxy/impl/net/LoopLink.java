package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Session;

/** A connection as its loop knows it; all of it is called on the loop. */
interface LoopLink {

    /** {@return the session at its end} */
    Session session();

    /** The end of a turn in which there was something to send, see {@link EventLoop#markDirty}. */
    void onFlush();

    /** The end of a turn in which the session took bytes again, see {@link EventLoop#markResumed}. */
    void onResumed();

    /** Whoever looks at the bytes of the loop's connections has come or gone. */
    void onTaps();

    /** What is to go wrong on purpose has changed. */
    void onFaults();

    /** Ends the connection as the network does. */
    void cut(boolean byReset);

    /** Ends one half of the connection: the session goes on, and what it sends is lost. */
    void shutOutput(LinkFaults means);

    /**
     * The loop ends, or the peer had its time to end the stream. A client that was not told by a close has to notice.
     */
    void stop();

    /** Closes the socket, whatever is under way. */
    void close();

    /** A fault of the program, which costs the connection. */
    void onFault(RuntimeException fault);
}
