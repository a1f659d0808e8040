package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.broker.UnsupportedMethods;
import io.amqproxy.impl.amqp091.broker.UnsupportedMethods.Feature;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.Refusals;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;

/**
 * Uses of a queue that it may not support, as some types of queues do not: the broker closes the whole connection for
 * them, so that they are for a connection that the client has for itself.
 */
final class UnsupportedUse {

    private UnsupportedUse() {}

    /** Whether the broker may close the connection because the queue does not support something. */
    static boolean mayBe(ClientChannel channel, Feature feature, ByteBuffer in, int at) throws AmqpException {
        ClientConnection session = channel.session();
        UnsupportedMethods unsupported = session.context().unsupported();
        return !unsupported.isEmpty()
                && unsupported.mayBe(
                        session.info().vhost(), MethodForwarding.queue(channel, in, at), feature, session.loop().now);
    }

    /** Where the client cannot be alone for it the broker's words are the client's, if they are known. */
    static boolean bind(ClientChannel channel, Feature feature, Method method, ByteBuffer in, int at)
            throws AmqpException {
        if (!channel.binding().bindApart()) {
            return false;
        }
        ClientConnection session = channel.session();
        LoopContext loop = session.loop();
        String text = session.context()
                .unsupported()
                .text(session.info().vhost(), MethodForwarding.queue(channel, in, at), feature, loop.now);
        if (text != null && !channel.bound().session().owner().isReserved()) {
            throw Refusals.asBefore(text, method);
        }
        return true;
    }
}
