package io.amqproxy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's channel that needs an upstream. Valid only during the call of the policy. Only the proxy implements this,
 * and {@link io.amqproxy.testing.FakeLeaseRequest} for tests of policies; later versions may have more of it.
 */
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

    /** What the first method on a channel says about its use. Later versions may have more of them. */
    enum Purpose {
        /** {@code basic.publish}, {@code confirm.select}, {@code tx.select}. */
        PUBLISH,
        /** {@code basic.consume} with acknowledgements and a prefetch limit: deliveries end by themselves. */
        CONSUME,
        /**
         * {@code basic.get}, for which a broker may close the connection: streams do not support it (540,
         * NOT_IMPLEMENTED), and of a queue that was never named before nobody knows what it is.
         */
        GET,
        /** {@code basic.consume} without acknowledgements or without a prefetch limit: only back-pressure limits it. */
        CONSUME_UNLIMITED,
        /** {@code queue.declare} of an exclusive queue, which lives as long as the connection that declared it. */
        EXCLUSIVE_QUEUE,
        /**
         * What the broker may close the connection for, so that the client had better be alone on it:
         * {@code exchange.declare} of a type that the broker has not accepted yet (503, COMMAND_INVALID), and arguments
         * over which RabbitMQ fails (541, INTERNAL_ERROR), like an {@code x-max-age} that is no length of time. For
         * this purpose a full pool may open one connection more. Where it has done that, and the policy gives no place,
         * the policy is asked for {@link #OTHER} instead.
         */
        UNCERTAIN,
        /** Anything else. */
        OTHER
    }
}
