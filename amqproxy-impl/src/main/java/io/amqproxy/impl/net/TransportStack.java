package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a link's session and its socket, from below: TLS or nothing, whoever looks at the octets, and what
 * goes wrong with them on purpose. The two upper layers are there only while they are wanted.
 */
final class TransportStack {

    private final FaultTransport.Host host;
    private final Supplier<Session> session;

    private EventLoop loop;
    /** All but faults. */
    private Transport plain;

    private @Nullable FaultTransport faulty;
    private Transport top;
    /** Whether the connection is over, and the peer is not to know it. */
    private boolean secretlyClosed;

    /** @param socket what lies on the socket */
    TransportStack(EventLoop loop, FaultTransport.Host host, Transport socket, Supplier<Session> session) {
        this.loop = loop;
        this.host = host;
        this.session = session;
        this.plain = socket;
        this.top = socket;
        tap(true, null);
        onFaults(false);
    }

    /** {@return the uppermost layer, which the session's octets pass first} It is another one from time to time. */
    Transport top() {
        return top;
    }

    /**
     * Whoever looks at the octets of the loop's connections has come or gone.
     *
     * @param left what was received and not taken yet, or null for nothing
     */
    void onTaps(@Nullable ByteQueue left) {
        tap(false, left);
    }

    private void tap(boolean isNew, @Nullable ByteQueue left) {
        plain = TracedTransport.over(plain, loop.taps(), session, isNew, left);
        if (faulty == null) {
            top = plain;
        } else {
            faulty.over(plain);
        }
    }

    /** What is to go wrong on purpose has changed. */
    void onFaults(boolean isAttached) {
        LinkFaults faults = loop.faults();
        if (faults != null && faults.concerns(session.get())) {
            beginFaults(faults);
        }
        onSession();
        if (faulty != null && isAttached) {
            faulty.onChanged();
        }
    }

    /** The session is another one. */
    void onSession() {
        if (session.get() instanceof InboundSession client) {
            client.judgedBy(faulty == null ? null : faulty.judge());
        }
    }

    private void beginFaults(LinkFaults faults) {
        if (faulty == null) {
            long queued = session.get().out().size();
            faulty = new FaultTransport(loop, faults, host, session, plain, queued);
            top = faulty;
        }
    }

    /** Faults of which nothing is left lie in nobody's way. */
    void endFaults() {
        if (faulty != null && faulty.isDone()) {
            faulty = null;
            top = plain;
        }
    }

    /** Whether the session's deafness is on purpose. */
    boolean keepsUnread() {
        return faulty != null && faulty.keepsUnread();
    }

    /** Shuts the sending half. */
    void shutOutput(LinkFaults means) {
        beginFaults(means);
        Objects.requireNonNull(faulty).shutOutput();
    }

    /** Whether the connection's end is kept from the peer for now; the socket stays open then. */
    boolean closeSecretly() {
        if (faulty != null && faulty.isSilent() && loop.takeSecretClose()) {
            secretlyClosed = true;
            faulty.forget();
        }
        return secretlyClosed;
    }

    /** Whether the peer may hear of the end now; true once. */
    boolean mayTellEnd() {
        if (!secretlyClosed || faulty == null || faulty.isSilent()) {
            return false;
        }
        secretlyClosed = false;
        loop.leaveSecretClose();
        return true;
    }

    /** Puts all of it on another loop. */
    void attachTo(EventLoop next) {
        loop = next;
        top.attachTo(next);
    }
}
