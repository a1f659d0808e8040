package io.amqproxy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client's channel that needs an upstream. Valid only during the call of the policy. */
public interface LeaseRequest {

    /** {@return the client} */
    ClientInfo client();

    /** {@return what the channel is going to do} */
    Purpose purpose();

    /** {@return the upstreams that serve other channels of this client, or are its own} */
    List<UpstreamView> current();

    /**
     * {@return the upstream that the channel is on already, and may leave for a better one, or null where it is on
     * none} It stays there if the answer is that upstream, whether that has room or not.
     */
    @Nullable
    UpstreamView present();

    /** What the first method on a channel says about its use. */
    enum Purpose {
        /** {@code basic.publish}, {@code confirm.select}, {@code tx.select}. */
        PUBLISH,
        /**
         * {@code basic.consume} with acknowledgements and a prefetch limit, or {@code basic.get}: deliveries end by
         * themselves.
         */
        CONSUME,
        /** {@code basic.consume} without acknowledgements or without a prefetch limit: only back-pressure limits it. */
        CONSUME_UNLIMITED,
        /** {@code queue.declare} of an exclusive queue, which lives as long as the connection that declared it. */
        EXCLUSIVE_QUEUE,
        /**
         * {@code exchange.declare} of a type that the broker has not accepted yet: where it has no such type it closes
         * the connection (503, COMMAND_INVALID), so that the client had better be alone on it. For this purpose a full
         * pool may open one connection more.
         */
        UNCERTAIN,
        /** Anything else. */
        OTHER
    }
}
