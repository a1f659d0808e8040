package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.Performative;

/** Who is told what becomes of deliveries at the broker: a session of a client. */
interface DispositionReceiver {

    /** The broker says what became of deliveries that the client has sent; these are the client's numbers. */
    void onOutcome(int first, int last, Performative disposition);

    /** The broker settles deliveries that it has sent; these are the client's numbers. */
    void onSettled(int first, int last, Performative disposition);
}
