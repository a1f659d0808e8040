package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Performative;
import org.jspecify.annotations.Nullable;

/** A client that has ended its session, and hears of the end behind what the broker owes it. */
public interface PartingClient {

    /** Whether the client has not heard that the link is detached; asked when it parts. */
    boolean knows(BrokerLink link);

    /** The broker answers an attach. */
    void onAttach(BrokerLink link, Performative attach);

    /** The broker answers a detach, or detaches what was attached last. */
    void onDetach(BrokerLink link, Performative detach);

    /**
     * The broker owes it nothing more.
     *
     * @param end of the broker, if that has ended the session
     */
    void onParted(@Nullable Performative end);
}
