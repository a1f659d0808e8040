package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.LeaseHolder;
import io.amqproxy.impl.pool.spi.Slot;
import org.jspecify.annotations.Nullable;

/** Who has the lease of an {@link UpstreamSession}: a session of a client. */
public interface SessionHolder extends LeaseHolder, DispositionReceiver {

    /** What the attach asks for that the session waits with, where a kept link may serve it; or null. */
    @Nullable
    SenderRequest wanted();

    @Override
    default void goOn() {}

    @Override
    default boolean wants(Slot prepared) {
        SenderRequest wanted = wanted();
        return wanted != null && ((UpstreamSession) prepared).keeps(wanted);
    }

    /** How many transfers the client takes at present, as far as it has said. */
    int window();

    /** The number that the next delivery to the client gets, which counts on wherever its session is at the broker. */
    int nextDelivery();

    /** The broker answers an attach. */
    void onAttach(BrokerLink link, Performative attach);

    /** The broker gives credit on a link, or asks for it. */
    void onFlow(BrokerLink link, Performative flow);

    /** A transfer, with its payload behind the performative up to this offset. */
    void onTransfer(BrokerLink link, Performative transfer, int end);

    /** The broker detaches a link, or answers a detach. */
    void onDetach(BrokerLink link, Performative detach);

    /** The broker ends the session, of which nothing is left. */
    void onBrokerEnd(UpstreamSession ended, Performative end);

    /** There is room for more of what the client sends. */
    void onRoom();

    /** A link of its that is attached ends on purpose, as if the broker detached it for an error. */
    void onDetachOnPurpose(BrokerLink link, AmqpError why);

    /** The session is gone after it was closed here. */
    default void onUpstreamClosed(UpstreamSession closed) {}

    /** The session is lost with its connection. */
    void onUpstreamLost(UpstreamSession lost, CloseCause ending);
}
