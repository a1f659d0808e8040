package io.amqproxy.benchmark;

import io.amqproxy.impl.core.Link;
import io.amqproxy.impl.core.Session;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The link of a session whose bytes go nowhere, or to a broker in memory. */
final class MemoryLink implements Link {

    private static final int BUFFER = 1024 * 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Session session;
    private final @Nullable Broker broker;
    private boolean over;
    private boolean resumed;
    private ByteBuffer left = NOTHING;

    /** The broker's end, where the session is an upstream's. */
    private static final class Broker {
        final BrokerProtocol protocol = new BrokerProtocol();
        final FrameScanner scanner = new FrameScanner(protocol);
        final ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER);
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
        final FrameBuilder answers = new FrameBuilder(ByteBuffer.allocateDirect(BUFFER));
    }

    private MemoryLink(Session session, @Nullable Broker broker) {
        this.session = session;
        this.broker = broker;
        session.attach(this);
    }

    static MemoryLink toNowhere(Session session) {
        return new MemoryLink(session, null);
    }

    static MemoryLink toBroker(Session session) {
        return new MemoryLink(session, new Broker());
    }

    Session session() {
        return session;
    }

    /** Forgets what the session has sent. */
    void discard() {
        if (!session.out().isEmpty()) {
            session.out().clear();
            session.onSent();
        }
    }

    /** What the broker says to what the session has sent; empty if nothing. */
    ByteBuffer answer() {
        if (broker == null) {
            throw new IllegalStateException("Nobody answers");
        }
        ByteBuffer answers = broker.answers.buffer().clear();
        if (!session.out().isEmpty()) {
            session.out().drainTo(broker.bytes.clear());
            session.onSent();
            broker.protocol.answerTo(broker.answers);
            broker.scanner.accept(broker.bytes.flip(), broker.buffer);
            broker.protocol.confirm();
        }
        return answers.flip();
    }

    /** Keeps what the session left, until it takes bytes again. */
    void leave(ByteBuffer bytes) {
        left = bytes.hasRemaining()
                ? ByteBuffer.allocate(bytes.remaining()).put(bytes).flip()
                : NOTHING;
    }

    /** What the session left, once it takes it; empty otherwise. */
    ByteBuffer takeLeft() {
        if (!resumed) {
            return NOTHING;
        }
        resumed = false;
        return left;
    }

    @Override
    public void flush() {
        // Whoever runs the benchmark looks at the session's bytes.
    }

    @Override
    public int send(ByteBuffer in, int from, int to) {
        return to - from;
    }

    @Override
    public void resume() {
        resumed = true;
    }

    /** Whether the session has ended, or been ended. */
    boolean isOver() {
        return over;
    }

    @Override
    public void finish() {
        over = true;
        session.out().clear();
    }

    @Override
    public void awaitEnd() {
        over = true;
    }

    @Override
    public void reset() {
        abort();
    }

    @Override
    public void abort() {
        over = true;
        session.out().clear();
    }
}
