package io.amqproxy.impl.net;

import java.nio.ByteBuffer;

/** Is shown the bytes of one connection, on its loop, each once and in order. It must not throw or wait. */
public interface Tap {

    /** The peer has sent what lies between these absolute offsets. */
    void received(ByteBuffer bytes, int from, int to);

    /** What lies between these absolute offsets is given to the transport, to be sent to the peer. */
    void sent(ByteBuffer bytes, int from, int to);
}
