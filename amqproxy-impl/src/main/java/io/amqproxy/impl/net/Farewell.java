package io.amqproxy.impl.net;

import io.amqproxy.impl.session.Timers;

/** The end of a connection whose session is over: it waits, for a while, for the peer to end the stream. */
final class Farewell implements Timers.Timed {

    final Timers.Timer timer = new Timers.Timer(this);
    private final SocketLink link;
    /** Whether it is left to the peer to end the stream first. */
    boolean awaitsEnd;

    boolean outputShut;

    Farewell(SocketLink link) {
        this.link = link;
    }

    @Override
    public void onTime() {
        link.close();
    }

    @Override
    public void onFault(RuntimeException fault) {
        link.onFault(fault);
    }
}
