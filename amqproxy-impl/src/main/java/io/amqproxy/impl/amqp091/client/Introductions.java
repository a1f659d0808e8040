package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.core.ClientProperties;
import io.amqproxy.impl.core.LoopContext;
import java.nio.ByteBuffer;

/**
 * How the clients of one loop introduce themselves. Those of one application mostly do so alike, one after the other,
 * and that is read and kept once.
 */
final class Introductions {

    /** RabbitMQ takes 4,096 octets before log-in, in which a secret has to fit as well. */
    private static final int MOST_PROPERTIES = 2560;

    private Introduction last = Introduction.NONE;

    private Introductions() {}

    static Introductions of(LoopContext loop) {
        return loop.attachment(Introductions.class, any -> new Introductions());
    }

    /** Reads the table between these offsets. */
    Introduction read(ByteBuffer in, int from, int to) {
        if (to - from > MOST_PROPERTIES) {
            return Introduction.read(ClientProperties.NONE, in, from);
        }
        ClientProperties said = ClientProperties.of(in, from, to);
        if (!said.equals(last.properties())) {
            last = Introduction.read(said, in, from);
        }
        return last;
    }
}
