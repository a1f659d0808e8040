package io.amqproxy.impl.pool.spi;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.core.Credentials;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.NegotiatedLimits;
import io.amqproxy.impl.core.OutboundSession;
import java.nio.ByteBuffer;

/**
 * A protocol as pools and acceptors need it: it makes the sessions of both sides. What it knows of the broker it keeps
 * on each loop; the object itself serves all of them.
 */
public interface Protocol extends SpokenProtocol {

    /** Whether a client speaks the protocol. */
    enum Match {
        YES,
        NO,
        /** Too little has come to tell. */
        UNDECIDED
    }

    /** Whether the first octets of a client, which begin at the buffer's position, are of the protocol. */
    Match recognise(ByteBuffer in);

    /** What became of a probe; told once. */
    interface ProbeResult {
        /** The broker speaks the protocol, and has introduced itself. */
        void onProfile(BrokerProfile profile);

        /** The broker does not speak the protocol: it has answered with the header of another one. */
        void onOtherProtocol(byte[] header);

        void onFailed(String why);

        /** The proxy could not ask, as it lacks something itself. */
        void onUnasked(String why);
    }

    /**
     * The broker's side of a connection that this client made, of which only that is known; it is told the protocol.
     */
    InboundSession newClient(LoopContext loop, PoolGateway gateway, ClientInfo client);

    /** A connection with these credentials, which is yet to be connected to the endpoint. */
    UpstreamConnection newUpstream(
            LoopContext loop, UpstreamOwner owner, long id, String endpoint, Credentials credentials);

    /** How many slots a connection has that is granted this. */
    int slotsOf(NegotiatedLimits offer);

    /** A connection that asks the broker how it introduces itself, and leaves. */
    OutboundSession newProbe(LoopContext loop, ProbeResult result);

    /** The broker is being asked for the first time: clients of this loop wait until it has introduced itself. */
    void awaitProfile(LoopContext loop);

    /**
     * Does this once clients of this loop need not wait for the broker any more.
     *
     * @return whether they have to; if not it is not done at all
     */
    boolean whenIntroduced(LoopContext loop, Runnable action);

    /** The broker has introduced itself. */
    void onProfile(LoopContext loop, BrokerProfile profile);

    /** The broker answers with this header of another protocol, which is what clients of this one are told. */
    void onOtherProtocol(LoopContext loop, byte[] header);

    /** Whether the broker is known to speak the protocol, as far as this loop knows. */
    boolean isSpoken(LoopContext loop);

    /** The broker does not answer: clients wait no longer. */
    void onSilence(LoopContext loop);
}
