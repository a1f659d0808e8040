package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;

/** What all messages of a broker may take. */
final class Memory {

    private final long most;
    private long used;

    Memory(long most) {
        this.most = most;
    }

    void take(long octets) throws AmqpException {
        if (octets > most - used) {
            throw AmqpException.connection(
                    ReplyCode.RESOURCE_ERROR,
                    "the in-memory broker holds at most " + most + " octets of messages",
                    Method.BASIC_PUBLISH.id());
        }
        used += octets;
    }

    void give(long octets) {
        used -= octets;
    }

    long used() {
        return used;
    }
}
