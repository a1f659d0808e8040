package io.amqproxy.impl.pool.spi;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Looks at methods of a client before its session handles them, for what goes wrong on purpose. On the loop only. */
public interface FrameJudge {

    /**
     * What a broker says of a method that it does not take.
     *
     * @param code the reply code
     * @param text the reply text
     */
    record Failure(int code, String text) {}

    /**
     * A well-formed method lies in the buffer as a whole, and may be changed there, but not in its length.
     *
     * @return why it is not to be handled, or null
     */
    @Nullable
    Failure judge(ByteBuffer in, int at, int channel);
}
