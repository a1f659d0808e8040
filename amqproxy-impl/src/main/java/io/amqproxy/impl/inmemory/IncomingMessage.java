package io.amqproxy.impl.inmemory;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ContentHeader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A message that is being published: its method has come, and then its header and body do. */
final class IncomingMessage {

    /** RabbitMQ's {@code max_message_size} by default, from 4.0 on. */
    private static final long MOST = 16 * 1024 * 1024;

    final boolean isMandatory;
    private final String exchange;
    private final String routingKey;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private byte @Nullable [] properties;
    private long size;

    IncomingMessage(String exchange, String routingKey, boolean isMandatory) {
        this.exchange = exchange;
        this.routingKey = routingKey;
        this.isMandatory = isMandatory;
    }

    String exchange() {
        return exchange;
    }

    String routingKey() {
        return routingKey;
    }

    void header(ByteBuffer frame) throws AmqpException {
        if (properties != null) {
            throw unexpected("header");
        }
        size = ContentHeader.check(frame, 0);
        if (size > MOST) {
            throw AmqpException.channel(
                    ReplyCode.PRECONDITION_FAILED,
                    "message size " + size + " is larger than configured max size " + MOST,
                    Method.BASIC_PUBLISH.id());
        }
        byte[] payload = new byte[(int) Frame.size(frame, 0)];
        frame.get(Frame.PAYLOAD_OFFSET, payload);
        properties = payload;
    }

    void body(ByteBuffer frame) throws AmqpException {
        int count = (int) Frame.size(frame, 0);
        if (properties == null || count > size - body.size()) {
            throw unexpected("body");
        }
        byte[] payload = new byte[count];
        frame.get(Frame.PAYLOAD_OFFSET, payload);
        body.write(payload, 0, count);
    }

    static AmqpException unexpected(String what) {
        return AmqpException.connection(ReplyCode.UNEXPECTED_FRAME, "a content " + what + " was not expected", 0);
    }

    /** {@return the message, or null while something of it is to come} */
    @Nullable
    Message message() {
        byte[] header = properties;
        return header == null || body.size() < size
                ? null
                : new Message(exchange, routingKey, header, body.toByteArray());
    }
}
