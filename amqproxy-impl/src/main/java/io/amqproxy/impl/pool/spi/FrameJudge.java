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
     * What a client hears of a delivery of AMQP 1.0 that the broker has accepted.
     *
     * @param condition why it was rejected, empty where that is not said, or null where it was released
     */
    record Outcome(@Nullable String condition, String text) {}

    /**
     * A client begins, or goes on with, a delivery of AMQP 1.0 that is to be settled by the broker.
     *
     * @param session the session's channel at the client
     * @param address of the target of its link, empty where it has none
     */
    default void onDelivery(int session, int id, String address) {}

    /** {@return what becomes of this delivery of the client that the broker has accepted, or null for nothing} */
    default @Nullable Outcome outcome(int session, int id) {
        return null;
    }

    /**
     * {@return whether the client is not told of credit of AMQP 1.0 that the broker gives}
     *
     * @param session the session's channel at the client
     * @param address of the target of its link, empty where it has none
     */
    default boolean withholdsCredit(int session, String address) {
        return false;
    }

    /**
     * A well-formed method lies in the buffer as a whole, and may be changed there, but not in its length.
     *
     * @param confirmTag by which the broker is to confirm it if it is a publish, as the client counts, 0 for none
     * @return why it is not to be handled, or null
     */
    @Nullable
    Failure judge(ByteBuffer in, int at, int channel, long confirmTag);
}
