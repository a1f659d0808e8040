package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.core.LoopContext;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.pool.spi.FaultJudge;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a session and its socket while things go wrong on purpose, for models that have no sockets: the
 * test carries what comes in and what has gone out.
 */
public final class FaultyLine {

    /** What {@link #read} answers when the peer has ended the stream. */
    public static final int END = Transport.END;

    /** Who has the line, as a link has it. */
    public interface Owner {

        /** There is something to send, or to end. */
        void flush();

        /** There may be something to read. */
        void onProgress();

        /** The connection ends as by the network. */
        void onCut();
    }

    /** The socket: what has come and was not read, and what was sent. */
    private static final class Wire extends InMemoryTransport {
        private boolean hasCome;
        private boolean hasEnded;

        @Override
        public int read(ByteBuffer target, int most) {
            int count = super.read(target, most);
            return count == 0 && hasCome && unread() == 0 ? END : count;
        }

        @Override
        public boolean write(ByteQueue out) {
            if (hasEnded && !out.isEmpty()) {
                throw new AssertionError("it was sent behind the end");
            }
            heard.writeBytes(out.toArray());
            return false;
        }

        @Override
        public boolean finish() {
            hasEnded = true;
            return false;
        }
    }

    private record Host(Owner owner) implements FaultTransport.Host {

        @Override
        public void cut(boolean byReset) {
            owner.onCut();
        }

        @Override
        public void onFault(RuntimeException fault) {
            throw new AssertionError(fault);
        }

        @Override
        public void onEstablished() {}

        @Override
        public void flush() {
            owner.flush();
        }

        @Override
        public void onFailure(IOException failure) {
            throw new AssertionError(failure);
        }

        @Override
        public void onProgress() {
            owner.onProgress();
        }
    }

    private final Wire wire = new Wire();
    private final FaultTransport transport;
    private boolean isFinishing;

    public FaultyLine(EventLoop loop, LinkFaults faults, Supplier<? extends Session> session, Owner owner) {
        transport = new FaultTransport(loop, faults, new Host(owner), session, wire, 0);
    }

    /** {@return a loop that never runs, around a context whose time the test makes} */
    public static EventLoop idleLoop(LoopContext context) {
        long now = context.now;
        try {
            return new EventLoop(context, Thread::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            context.now = now;
        }
    }

    // What the peer does.

    /** The peer has sent this, which lies at the socket now. */
    public void arrive(byte[] bytes) {
        wire.say(bytes);
    }

    /** The peer has ended the stream, behind what it has sent. */
    public void arriveEnd() {
        wire.hasCome = true;
    }

    /** {@return what has gone out since this was asked} */
    public byte[] takeSent() {
        byte[] sent = wire.heard.toByteArray();
        wire.heard.reset();
        return sent;
    }

    /** Whether the peer has heard the end of the stream. */
    public boolean hasEnded() {
        return wire.hasEnded;
    }

    // What the session's link does.

    /** {@return how many octets were read, {@link #END}, or less than 1 where there is nothing to read now} */
    public int read(ByteBuffer target, int most) {
        try {
            int count = transport.read(target, most);
            return count == Transport.WAITING ? 0 : count;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Sends what goes out now.
     *
     * @return whether the connection goes on
     */
    public boolean write(ByteQueue out) {
        try {
            transport.write(out);
            if (isFinishing && out.isEmpty()) {
                transport.finish();
            }
            return true;
        } catch (IOException cutOnPurpose) {
            return false;
        }
    }

    /** Nothing follows what was written. */
    public void finish() {
        isFinishing = true;
    }

    /** The session goes on, and what it sends is lost. */
    public void shutOutput() {
        transport.shutOutput();
    }

    /** Other faults hold from now on. */
    public void onChanged() {
        transport.onChanged();
    }

    public boolean isSilent() {
        return transport.isSilent();
    }

    public boolean keepsUnread() {
        return transport.keepsUnread();
    }

    public @Nullable FaultJudge judge() {
        return transport.judge();
    }

    /** Whether nothing is left of any fault. */
    public boolean isDone() {
        return transport.isDone();
    }

    /** The session is over. */
    public void forget() {
        transport.forget();
    }
}
