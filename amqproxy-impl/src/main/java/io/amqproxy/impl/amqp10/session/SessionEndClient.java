package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Performative;
import org.jspecify.annotations.Nullable;

/** A client that has ended its session, or its connection, and hears of that behind what the broker owes it. */
public interface SessionEndClient {

    /** Whether the client has not heard that the link is detached; asked when it parts. */
    boolean knows(BrokerLink link);

    /** The broker answers an attach. */
    void onAttach(BrokerLink link, Performative attach);

    /** The broker answers a detach, or detaches what was attached last. */
    void onDetach(BrokerLink link, Performative detach);

    /** The client does not wait for the broker's answer to its detach. */
    void onDetachUnanswered(BrokerLink link);

    /**
     * The broker owes it nothing more.
     *
     * @param end of the broker, if that has ended the session
     */
    void onEndAnswered(@Nullable Performative end);
}
