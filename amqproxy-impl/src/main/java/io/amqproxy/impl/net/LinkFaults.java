package io.amqproxy.impl.net;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is to go wrong on purpose with connections; asked by all loops. It must not throw or wait. */
public interface LinkFaults {

    /** Whether nothing is read of this client now. */
    boolean holdsReading(InboundSession client);

    /** Whether nothing is sent to this client now. */
    boolean holdsWriting(InboundSession client);

    /** Lets what is sent to one client pass, or keeps some of it back. */
    interface Gate {

        /** These octets are to be sent; what passes is appended. */
        void pass(byte[] bytes, ByteQueue to);
    }

    /**
     * {@return the gate of one connection}
     *
     * @param client whose it is at the moment of the call
     * @param midst whether what is sent next may lie in the midst of a frame
     */
    Gate gate(Supplier<InboundSession> client, boolean midst);

    /** Whether clients are refused when they connect. */
    boolean refusesClients();

    /** Why this log-in is refused, or null. */
    @Nullable
    CloseCause refusal(ClientInfo applicant);

    /** Whether the broker cannot be reached. */
    boolean isBrokerDown();
}
