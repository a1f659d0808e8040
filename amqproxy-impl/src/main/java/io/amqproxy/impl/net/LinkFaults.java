package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.FrameJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is to go wrong on purpose with connections; asked by all loops. It must not throw or wait. */
public interface LinkFaults {

    /** Whether nothing is read of this client now, as by a peer that is busy: its silence means nothing. */
    boolean holdsReading(InboundSession client);

    /** Whether nothing goes through now, neither way, as through a network that has failed. */
    boolean isSilent(InboundSession client);

    /** Whether all that is sent now, either way, is taken and lost. */
    boolean swallows(InboundSession client);

    /** Nanoseconds that what is sent now comes later, each way; 0 for none. */
    long delay(InboundSession client);

    /** How many octets go through in a second, each way; 0 for as many as can. */
    long rate(InboundSession client);

    /** Lets what is sent to one client pass, or keeps some of it back. */
    interface Gate {

        /** These octets are to be sent at this time; what passes is appended. They end with a frame. */
        void pass(byte[] bytes, ByteQueue to, long now);

        /** Lets go what was held for a while, or all of it where nothing is to be held any more. */
        void release(ByteQueue to, long now);

        /** {@return when {@link #release} is to be called, or null} */
        @Nullable
        Long nextDue();

        /** Whether the connection is to be cut, behind what has passed. */
        boolean isCut();

        /** Whether it keeps nothing, so that it can go. */
        boolean isIdle();
    }

    /**
     * {@return the gate of one connection}
     *
     * @param client whose it is at the moment of the call
     * @param queued octets that come first and pass as they are, as they may begin in the midst of a frame
     */
    Gate gate(Supplier<InboundSession> client, long queued);

    /** {@return what looks at the methods of this client, or null where nothing does} */
    @Nullable
    FrameJudge judge(InboundSession client);

    /** Whether clients are refused when they connect. */
    boolean refusesClients();

    /** Why this log-in is refused, or null. */
    @Nullable
    CloseCause refusal(ClientInfo applicant);

    /** Whether the broker cannot be reached. */
    boolean isBrokerDown();
}
