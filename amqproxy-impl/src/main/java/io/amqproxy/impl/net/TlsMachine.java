package io.amqproxy.impl.net;

import io.amqproxy.impl.buffer.ByteQueue;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS (RFC 8446, RFC 5246) from bytes to bytes: an {@link SSLEngine} that is asked as often as it takes.
 *
 * <pre>
 *   HANDSHAKE --finished--&gt; ESTABLISHED --close--&gt; CLOSING
 *       |                                              ^
 *       +------- close, or an exception ---------------+
 * </pre>
 *
 * <p>What the peer has closed is another matter, see {@link #isInputEnded}. After an exception {@link #encrypt} still
 * hands out the alert that tells the peer.
 *
 * <p>A handshake after the first one is refused: that is how TLS 1.2 renegotiates. What TLS 1.3 has instead, tickets
 * and new keys, needs no task and is let through.
 */
final class TlsMachine {

    /** Why {@link #decrypt} stopped. */
    enum Need {
        /** The input holds no further whole record. */
        INPUT,
        /** The engine's tasks have to run, on another thread, before it is asked again. */
        TASKS,
        /** The engine has something to say first: {@link #encrypt}. */
        OUTPUT,
        /** Nothing: the peer has said that it sends nothing more. */
        NOTHING
    }

    private enum Phase {
        HANDSHAKE,
        ESTABLISHED,
        CLOSING
    }

    private static final ByteBuffer[] NO_SOURCES = {ByteBuffer.allocate(0)};

    private final SSLEngine engine;
    private Phase phase = Phase.HANDSHAKE;

    TlsMachine(SSLEngine engine) {
        this.engine = engine;
    }

    SSLEngine engine() {
        return engine;
    }

    boolean isClient() {
        return engine.getUseClientMode();
    }

    boolean isEstablished() {
        return phase == Phase.ESTABLISHED;
    }

    /** Whether close_notify has come, so that what came before was all. */
    boolean isInputEnded() {
        return engine.isInboundDone();
    }

    /** Room that {@link #encrypt} needs to say anything, and {@link #decrypt} to take any record. */
    int recordSize() {
        return engine.getSession().getPacketBufferSize();
    }

    /**
     * Takes whole records from the input and puts what was in them at the target's position.
     *
     * @param target has as much room as the input has bytes
     */
    Need decrypt(ByteBuffer input, ByteBuffer target) throws SSLException {
        while (true) {
            HandshakeStatus before = engine.getHandshakeStatus();
            if (before == HandshakeStatus.NEED_TASK) {
                return Need.TASKS;
            }
            if (before == HandshakeStatus.NEED_WRAP) {
                return Need.OUTPUT; // That is also how the engine comes to tell what a task found wrong.
            }
            int inputBefore = input.position();
            SSLEngineResult result = engine.unwrap(input, target);
            onResult(result);
            if (result.getStatus() == Status.CLOSED) {
                return Need.NOTHING;
            }
            if (result.getStatus() == Status.BUFFER_UNDERFLOW
                    || (input.position() == inputBefore && result.getHandshakeStatus() == before)) {
                return Need.INPUT;
            }
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                throw new IllegalStateException("no room for a record: " + target);
            }
        }
    }

    private void onResult(SSLEngineResult result) throws SSLException {
        switch (result.getHandshakeStatus()) {
            case FINISHED, NOT_HANDSHAKING -> {
                if (phase == Phase.HANDSHAKE && result.getStatus() == Status.OK && !engine.isInboundDone()) {
                    phase = Phase.ESTABLISHED;
                }
            }
            case NEED_TASK -> {
                if (phase == Phase.ESTABLISHED) {
                    throw new SSLException("renegotiation is refused");
                }
            }
            default -> {}
        }
    }

    /**
     * Puts records at the target's position: what the engine has to say, and what is in the queue once the handshake is
     * over. Stops when the target has no room for another record, or there is nothing to say.
     */
    void encrypt(ByteQueue out, ByteBuffer[] views, ByteBuffer target) throws SSLException {
        int recordSize = recordSize();
        while (target.remaining() >= recordSize) {
            boolean data = phase == Phase.ESTABLISHED && !out.isEmpty();
            HandshakeStatus before = engine.getHandshakeStatus();
            boolean closing = phase == Phase.CLOSING && !engine.isOutboundDone();
            if (before == HandshakeStatus.NEED_TASK || !(data || closing || before == HandshakeStatus.NEED_WRAP)) {
                return;
            }
            int count = data ? out.peek(views) : 0;
            SSLEngineResult result =
                    data ? engine.wrap(views, 0, count, target) : engine.wrap(NO_SOURCES, 0, NO_SOURCES.length, target);
            if (result.bytesConsumed() > 0) {
                out.skip(result.bytesConsumed());
            }
            onResult(result);
            if (result.bytesProduced() == 0 && result.getHandshakeStatus() == before) {
                return;
            }
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                throw new IllegalStateException("no room for a record: " + target);
            }
        }
    }

    /**
     * The same for the bytes of a buffer, while the machine is established; those of the queue are the caller's care.
     */
    void encrypt(ByteBuffer bytes, ByteBuffer target) throws SSLException {
        int recordSize = recordSize();
        while (bytes.hasRemaining() && target.remaining() >= recordSize) {
            SSLEngineResult result = engine.wrap(bytes, target);
            onResult(result);
            if (result.getStatus() != Status.OK) {
                return;
            }
        }
    }

    /** Has {@link #encrypt} say that nothing more follows. */
    void close() {
        phase = Phase.CLOSING;
        engine.closeOutbound();
    }

    /** Whether all was said, the end included. */
    boolean isOutputEnded() {
        return engine.isOutboundDone();
    }

    /** Begins; a client then has something to say. */
    void begin() throws SSLException {
        engine.beginHandshake();
    }
}
