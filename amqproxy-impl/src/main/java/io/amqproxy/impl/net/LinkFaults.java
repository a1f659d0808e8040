package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to go wrong on purpose with connections, of clients and to the broker; asked by all loops. It must not throw
 * or wait.
 */
public interface LinkFaults {

    /** Whether there is anything that may be for connections like this one. */
    boolean concerns(Session session);

    /** Whether nothing is read of this peer now, as by a peer that is busy: its silence means nothing. */
    boolean holdsReading(Session session);

    /** Whether nothing goes through now, neither way, as through a network that has failed. */
    boolean isSilent(Session session);

    /** Whether all that is sent now, either way, is taken and lost. */
    boolean swallows(Session session);

    /** A fault by which octets take time. */
    interface Shaping {

        /** {@return how much, which may be by chance: to be asked once for each thing that happens} */
        long draw();

        /** Whether it holds nothing up any more. */
        boolean isRevoked();
    }

    /** By what what is sent now comes later, each way: its amount is nanoseconds; null for nothing. */
    @Nullable
    Shaping delay(Session session);

    /** By what only so many octets go through in a second, each way; null for as many as can. */
    @Nullable
    Shaping rate(Session session);

    /** Lets what is sent to one peer pass, or keeps some of it back. */
    interface Gate {

        /** These octets are to be sent at this time; what passes is appended. */
        void pass(byte[] bytes, ByteQueue to, long now);

        /** Lets go what was held for a while, or is to be held no more; within a frame nothing. */
        void release(ByteQueue to, long now);

        /** {@return when {@link #release} would let something go, or null where it would not} */
        @Nullable
        Long nextDue();

        /** {@return about the memory that it takes} */
        long heldBytes();

        /** {@return what looks at the methods of the client now, or null where nothing does} */
        @Nullable
        FaultJudge judge();

        /** Whether the connection is to be cut, behind what has passed. */
        boolean isCut();

        /** Whether it keeps nothing, so that it can go. */
        boolean isIdle();
    }

    /**
     * {@return the gate of one connection}
     *
     * @param session whose it is at the moment of the call
     * @param queued octets that come first and pass as they are, as they may begin in the midst of a frame
     */
    Gate gate(Supplier<? extends Session> session, long queued);

    /** Whether this client is refused, which has just connected. */
    boolean refuses(ClientInfo newcomer);

    /** Why this log-in is refused, or null. */
    @Nullable
    CloseCause refusal(ClientInfo applicant);

    /** Whether the broker cannot be reached. */
    boolean isBrokerDown();
}
