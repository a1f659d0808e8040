package io.amqproxy.impl.pool.spi;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Looks at methods of a client before its session handles them, for what goes wrong on purpose. On the loop only. */
public interface FaultJudge {

    /**
     * What a broker says of a method that it does not take.
     *
     * @param code the reply code
     * @param text the reply text
     */
    record Failure(int code, String text) {}

    /** What a client hears in place of an outcome of AMQP 1.0. */
    enum Said {
        THE_SAME,
        NOTHING,
        REJECTED,
        RELEASED
    }

    /** Tells a client later. On the loop only. */
    interface Later {

        /**
         * Takes a frame that is to be told later.
         *
         * @param isWanted whether it is to be told at all, asked then
         */
        void hold(ByteBuffer frame, long now, BooleanSupplier isWanted);
    }

    /**
     * What a client hears of a delivery of AMQP 1.0 of which the broker has said what becomes of it.
     *
     * @param condition why it was rejected, empty where that is not said
     * @param later by whom it is told, or null where it is told at once
     */
    record Outcome(
            Said said,
            String condition,
            String text,
            @Nullable Later later) {

        /** The same with nothing more to say. */
        public static Outcome of(Said said) {
            return new Outcome(said, "", "", null);
        }

        /** The same, told later. */
        public Outcome told(Later by) {
            return new Outcome(said, condition, text, by);
        }
    }

    /**
     * A client begins a delivery of AMQP 1.0 that is to be settled by the broker.
     *
     * @param session the session's channel at the client
     * @param address of the target of its link, or what the message says where that has none, or empty
     */
    default void onDelivery(int session, int id, String address) {}

    /**
     * {@return what the client hears of this delivery on purpose, or null for what the broker has said}
     *
     * @param session the session's channel at the client
     * @param isAccepted whether the broker has accepted it, be it within a transaction
     */
    default @Nullable Outcome outcome(int session, int id, boolean isAccepted) {
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
