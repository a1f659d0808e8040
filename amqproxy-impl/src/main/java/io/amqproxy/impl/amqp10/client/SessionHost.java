package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import org.jspecify.annotations.Nullable;

/** A session of a client, as its parts need it. */
interface SessionHost {

    /** {@return the connection that it is on} */
    ClientConnection10 session();

    /** {@return its channel, which tells it from the client's others} */
    int number();

    /** {@return the session at the broker that it has now, or null} */
    @Nullable
    UpstreamSession upstream();

    /** The next frame waits for what the broker owes. */
    void waitFor(UpstreamSession bound);

    FrameComposer composer(CompositeType type);

    /** Says something to the client. */
    void write(FrameComposer frame);
}
