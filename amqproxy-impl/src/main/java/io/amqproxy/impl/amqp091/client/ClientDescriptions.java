package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;

/**
 * How the clients of one loop introduce themselves. Those of one application mostly do so alike, one after the other,
 * and that is read and kept once.
 */
final class ClientDescriptions {

    /** RabbitMQ takes 4,096 octets before log-in, in which a secret has to fit as well. */
    private static final int MOST_PROPERTIES = 2560;

    private ClientDescription last = ClientDescription.NONE;

    private ClientDescriptions() {}

    static ClientDescriptions of(LoopContext loop) {
        return loop.attachment(ClientDescriptions.class, any -> new ClientDescriptions());
    }

    /** Reads the table between these offsets. */
    ClientDescription read(ByteBuffer in, int from, int to) {
        if (to - from > MOST_PROPERTIES) {
            return ClientDescription.read(ClientProperties.NONE, in, from);
        }
        ClientProperties said = ClientProperties.of(in, from, to);
        if (!said.equals(last.properties())) {
            last = ClientDescription.read(said, in, from);
        }
        return last;
    }
}
