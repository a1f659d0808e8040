package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.broker.ErrorInfo;
import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.amqp10.codec.CompositeType;
import io.amqproxy.impl.amqp10.codec.FrameComposer;
import io.amqproxy.impl.amqp10.codec.FrameHeader;
import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Why a client's connection is closed, as its close says so.
 *
 * @param info what a broker says beside that, null for nothing
 */
record CloseText(String condition, String text, @Nullable ErrorInfo info) {

    /** JMS clients tell by it that their client id is in use: a map of the symbols invalid-field and container-id. */
    private static final byte[] CONTAINER_ID_IN_USE =
            "\u00c1\u001e\u0002\u00a3\rinvalid-field\u00a3\fcontainer-id".getBytes(StandardCharsets.ISO_8859_1);

    /** Writes the close, as much of the text as there is room for. */
    void write(FrameComposer composer, int maxFrameSize, ByteQueue out) {
        int room = maxFrameSize - FrameHeader.MIN_MAX_FRAME_SIZE / 2;
        byte[] map = map(room);
        composer.begin(0, CompositeType.CLOSE)
                .error(condition, fitting(map == null ? room : room - map.length), map)
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

    private byte @Nullable [] map(int most) {
        byte[] said = info == null ? null : info.map();
        if (said == null || said.length > most) {
            return condition.equals(AmqpError.INVALID_FIELD) ? CONTAINER_ID_IN_USE : null;
        }
        return said;
    }
}
