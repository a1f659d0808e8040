package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Why a client's connection is closed, as its close says so. */
record CloseText(String condition, String text) {

    /** Writes the close, as much of the text as there is room for. */
    void write(FrameComposer composer, int maxFrameSize, ByteQueue out) {
        composer.begin(0, CompositeType.CLOSE)
                .error(condition, fitting(maxFrameSize - FrameHeader.MIN_MAX_FRAME_SIZE / 2), info())
                .to(out);
    }

    /** The close's other fields are short. */
    private String fitting(int most) {
        String fitting = text;
        while (fitting.getBytes(StandardCharsets.UTF_8).length > most) {
            fitting = fitting.substring(0, fitting.length() / 2);
        }
        return fitting;
    }

    /** JMS clients tell by it that their client id is in use. */
    private Map<String, String> info() {
        return condition.equals(AmqpError.INVALID_FIELD) ? Map.of("invalid-field", "container-id") : Map.of();
    }
}
