package io.amqproxy.impl.fidelity;

import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.testkit.FrameText;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** A message of the broker that is being put together, in words; into how many frames it was cut does not show. */
final class Content {

    private static final int SHOWN_BODY = 64;

    private final Method method;
    private final StringBuilder text;
    private final CRC32 sum = new CRC32();
    private String body = "";
    private long size;
    private long missing = -1;

    Content(Method method, String text) {
        this.method = method;
        this.text = new StringBuilder(text);
    }

    Method method() {
        return method;
    }

    /** Takes the next frame of it. */
    void add(int type, ByteBuffer payload) {
        String words = FrameText.of(type, 0, payload).substring(2);
        if (type == Frame.HEADER) {
            size = payload.getLong(4);
            missing = size;
            text.append(" | ").append(words);
        } else {
            missing -= payload.remaining();
            sum.update(payload.duplicate());
            body = words;
        }
    }

    boolean isComplete() {
        return missing == 0;
    }

    String text() {
        if (size == 0) {
            return text.toString();
        }
        return text + " | " + (size > SHOWN_BODY ? "body with sum " + Long.toHexString(sum.getValue()) : body);
    }
}
