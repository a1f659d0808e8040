package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Settings;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The buffers of a loop, which all its connections use in turn: between two calls of a transport they hold nothing. */
final class LoopBuffers {

    /** Bytes that are read at once: two of the largest frames, so that what is left of one always fits. */
    private static final int READ_BUFFER = 2 * Settings.FRAME_MAX;

    private static final int MAX_VIEWS = 16;

    /** Ciphertext that is read at once; less than what is always free in the read buffer. */
    private static final int CIPHER_IN = 64 * 1024;

    /** Ciphertext that is written at once: seven full records of TLS. */
    private static final int CIPHER_OUT = 128 * 1024;

    private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BUFFER);
    private final ByteBuffer[] views = new ByteBuffer[MAX_VIEWS];
    private @Nullable ByteBuffer cipherIn;
    private @Nullable ByteBuffer cipherOut;

    /** What was received, and what was left of the read before. */
    ByteBuffer input() {
        return input;
    }

    /** Room for the pieces of a queue that are written, or read to, in one call. */
    ByteBuffer[] views() {
        return views;
    }

    /** What was received and is encrypted. */
    ByteBuffer cipherIn() {
        ByteBuffer buffer = cipherIn;
        if (buffer == null) {
            // On the heap: there the JDK's ciphers are fastest.
            buffer = ByteBuffer.allocate(CIPHER_IN);
            cipherIn = buffer;
        }
        return buffer;
    }

    /** What is encrypted and to be sent. */
    ByteBuffer cipherOut() {
        ByteBuffer buffer = cipherOut;
        if (buffer == null) {
            buffer = ByteBuffer.allocate(CIPHER_OUT);
            cipherOut = buffer;
        }
        return buffer;
    }
}
