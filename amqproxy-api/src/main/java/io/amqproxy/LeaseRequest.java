package io.amqproxy;

import java.util.List;

/** A client's channel that needs an upstream. Valid only during the call of the policy. */
public interface LeaseRequest {

    /** {@return the client} */
    ClientInfo client();

    /** {@return what the channel is going to do} */
    Purpose purpose();

    /** {@return the upstreams that serve other channels of this client, or are its own} */
    List<UpstreamView> current();

    /** What the first method on a channel says about its use. */
    enum Purpose {
        /** {@code basic.publish}, {@code confirm.select}, {@code tx.select}. */
        PUBLISH,
        /** {@code basic.consume} with acknowledgements and a prefetch limit: deliveries end by themselves. */
        CONSUME,
        /** {@code basic.consume} without acknowledgements or without a prefetch limit: only back-pressure limits it. */
        CONSUME_UNLIMITED,
        /** {@code queue.declare} of an exclusive queue, which lives as long as the connection that declared it. */
        EXCLUSIVE_QUEUE,
        /** Anything else. */
        OTHER
    }
}
